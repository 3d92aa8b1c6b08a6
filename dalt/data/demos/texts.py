"""Short texts with people, places and dates in them, written for the demonstration.

The people and what they do are made up.
"""

from __future__ import annotations

TEXTS = (
    "Dear Mrs Okoro, your room in Lisbon is booked from 3 March. Please ask for Tiago Reis at "
    "the front desk when you arrive.",
    "Hello Tiago, the shower on the second floor is broken again. Could somebody look at it "
    "before Mrs Okoro comes on 3 March?",
    "We met Ingrid Solberg in Bergen on 14 June. She showed us the harbour and told us about "
    "her years in Hamburg.",
    "The train from Vienna to Prague leaves at ten. Pavel Novak waits for you at the station "
    "on Friday, 9 May.",
    "Pavel Novak called from Prague: the exhibition opens on 12 May, three days later than "
    "planned.",
    "Amina Diallo moved from Dakar to Marseille in September 2019 and opened a bakery near "
    "the port.",
    "On 1 October the bakery of Amina Diallo in Marseille will be closed for repairs.",
    "Please send the keys to Kenji Mori, who looks after our house in Kyoto until 20 August.",
    "Kenji Mori writes that the garden in Kyoto is full of water after the storm of 17 August.",
    "My grandmother Rosa Conti was born in Naples on 2 February 1931. She never liked Milan.",
    "In Milan I shared a flat with Giulia Ferri. We still write to each other, last on 30 "
    "December.",
    "The doctor, Samuel Adeyemi, comes to Lagos on 8 July and goes on to Accra the next morning.",
    "Samuel Adeyemi has left his umbrella in Accra. He asks you to bring it to Lagos by 15 July.",
    "Our next meeting is in Toronto on 22 November. Claire Dubois and Hugo Tremblay will speak.",
    "Claire Dubois cannot come to Toronto. Hugo Tremblay reads her talk on 22 November.",
    "The parcel for Elena Petrova went to Sofia, but she has lived in Berlin since April 2022.",
    "Elena Petrova found the parcel in Berlin at last, on 4 July, behind a neighbour's bicycle.",
    "Was it you, Jonas, who took the green bag in Copenhagen on 6 June? It belongs to Freja Holm.",
    "Freja Holm thanks Jonas for the bag. She comes to Aarhus on 21 June and brings cake.",
    "Mr Singh sold his shop in Birmingham and travels to Delhi on 11 January to see his sister.",
    "The sister of Mr Singh, Harpreet Kaur, teaches music in Delhi. Her pupils play on 25 January.",
    "The tickets for Buenos Aires are cheaper before 1 December, says Lucia Romero.",
    "Lucia Romero arrived in Buenos Aires without her suitcase, which was still in Madrid.",
    "From Madrid the suitcase of Lucia Romero was sent to Montevideo, where it arrived on 5 "
    "December.",
    "Omar Haddad has repaired clocks in Amman since May 1988. He learned that in Geneva.",
    "If your watch stops, ask Omar Haddad. His shop in Amman is closed from 10 April to 13 April.",
    "On 19 September the ferry to Split was late, and Ana Horvat missed the last bus to Zadar.",
    "Ana Horvat slept at a friend's in Split and took the first bus to Zadar on 20 September.",
    "The library of Dublin looks for letters of Maeve Byrne, who left the city on 28 June 1922.",
    "A letter of Maeve Byrne was found in Boston. It is dated 16 August 1922.",
    "Can Nguyen Thi Lan start in Hanoi on 2 September? Her contract in Singapore ends in August.",
    "Nguyen Thi Lan starts in Hanoi on 9 September, a week later, because of her move.",
    "Yesterday Peter Maas cycled from Utrecht to Ghent. He wants to be in Bruges on 7 May.",
    "Peter Maas fell in Ghent and will not reach Bruges before 10 May. He is well.",
    "Rachel Cohen photographs old cinemas. Her pictures hang in Haifa until 31 October.",
    "From 6 November the cinemas of Rachel Cohen can be seen in Athens.",
    "The snow on the road to Grenoble held us up. Luc Bernard let us sleep in his school.",
    "Luc Bernard teaches in a village near Grenoble. His class visits Lyon on 18 March.",
    "Fatima Zahra planted forty olive trees near Fez on 21 March. Three did not survive the "
    "summer.",
    "In Fez we bought oil from Fatima Zahra and carried it all the way home to Rotterdam.",
    "The choir of Riga sings on 24 June. Its leader, Janis Ozols, has the tickets.",
    "Janis Ozols lost his voice in Tallinn, so the concert of 26 June is cancelled.",
    "Grace Mwangi runs every morning through Nairobi. On 12 October she runs in Chicago.",
    "In Chicago Grace Mwangi came second, on 12 October, with a broken shoe.",
    "The bridge in Porto was painted by Manuel Costa and his two sons. They finished on 29 April.",
    "Manuel Costa says that no colour lasts in Porto, because of the sea.",
    "Please tell Sofia Lindgren that the meeting in Uppsala is on 13 February, not on 14 February.",
    "Sofia Lindgren waited in Uppsala on 14 February. Nobody had told her.",
)
