"""Databases as former versions of DALT wrote them."""

import sqlite3
from pathlib import Path

# Takes the step away that led to a schema, and says which was before it.
BACK = {
    14: """
        DROP TABLE chain;
        DELETE FROM about WHERE name = 'chained since' OR substr(name, 1, 4) = 'sum ';
    """,
    13: """
        DROP TABLE votes; DROP TABLE suggesters; ALTER TABLE events DROP COLUMN suggesters;
    """,
    12: "DROP TABLE certificates; DROP TABLE audit_draws; DROP TABLE audits;",
    11: "DROP TABLE study_draws; DROP TABLE studies;",
    10: "ALTER TABLE events DROP COLUMN timing; ALTER TABLE events DROP COLUMN arm;",
    9: "DROP INDEX samples_removed;",
    8: "DROP TABLE sources; DROP TABLE details;",
    7: "DROP TABLE choices;",
    6: "DROP TABLE decisions;",
    5: """
        DROP INDEX samples_open;
        ALTER TABLE samples DROP COLUMN party;
        ALTER TABLE samples DROP COLUMN turn;
        CREATE INDEX samples_open ON samples (shuffle) WHERE state = 0;
        ALTER TABLE leases RENAME TO newer;
        DROP INDEX leases_active;
        CREATE TABLE leases (
            sample_id VARCHAR NOT NULL, annotator VARCHAR NOT NULL, session VARCHAR NOT NULL,
            expires_at VARCHAR(32) NOT NULL, active BOOLEAN NOT NULL, draw VARCHAR,
            inclusion_probability FLOAT, n_candidates INTEGER, PRIMARY KEY (sample_id),
            FOREIGN KEY(sample_id) REFERENCES samples (id));
        CREATE INDEX leases_active ON leases (expires_at) WHERE active;
        INSERT INTO leases SELECT * FROM newer;
        DROP TABLE newer;
        DROP TABLE tallies;
        DROP TABLE parties;
        DELETE FROM about WHERE name = 'annotations_per_sample';
    """,
    4: "DROP TABLE notes; DROP TABLE confirmations;",
    3: "DROP INDEX events_batch; ALTER TABLE events DROP COLUMN batch;",
}


def make_former(path: Path, schema: int) -> None:
    """Make a database of the present schema one of a former schema."""
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT value FROM about WHERE name = 'schema'").fetchone()
        for step in range(int(found[0]), schema, -1):
            db.executescript(BACK.get(step, ""))
        db.execute("UPDATE about SET value = ? WHERE name = 'schema'", (str(schema),))
    db.close()
