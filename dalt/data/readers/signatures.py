"""What a file is, by its first bytes, and what to do with it if DALT does not read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BEGINNING = 512
"""How many bytes `identified` looks at."""

AS_PICTURE = "convert it to JPEG or PNG"
AS_SOUND = "convert it to FLAC or WAV"
FRAMES = "save its frames as pictures and add those"
PICTURES_INSIDE = "save its pictures as JPEG or PNG and add those"

_RAW_ENDINGS = """
    .3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .fff .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef
    .raf .raw .rw2 .rwl .sr2 .srf .srw .x3f
"""
RAW_ENDINGS = frozenset(_RAW_ENDINGS.split())
"""Endings of raw files of cameras; most of them are TIFF inside."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A kind of files.

    Attributes
    ----------
    name : str
        Short: "HEIC".
    what : str
        In a sentence: "a picture in HEIC".
    way_out : str
        What a person can do where DALT cannot read it.
    """

    name: str
    what: str
    way_out: str = AS_PICTURE

    @property
    def never(self) -> bool:
        """Whether such files are neither pictures nor sound."""
        return self.way_out not in (AS_PICTURE, AS_SOUND, FRAMES)


def _picture(name: str) -> Signature:
    return Signature(name, f"a picture in {name}")


def _video(name: str) -> Signature:
    return Signature(name, f"a video or sound ({name})", FRAMES)


def _sound(name: str) -> Signature:
    return Signature(name, f"sound ({name})", AS_SOUND)


TIFF = _picture("TIFF")
HEIC = _picture("HEIC")
AVIF = _picture("AVIF")
DICOM = Signature("DICOM", "a medical picture (DICOM)")
PDF = Signature("PDF", "a PDF")
CR3 = Signature("CR3", "a camera's raw file (CR3)")
HTML = Signature(
    "HTML", "a web page (HTML), which servers send in place of a missing file", "download it again"
)
SVG = Signature("SVG", "a drawing in SVG")
TAR = Signature("tar", "an archive (tar)", "unpack it and add the folder")

STARTS: tuple[tuple[bytes, Signature], ...] = (
    (b"\x89PNG", _picture("PNG")),
    (b"\xff\xd8\xff", _picture("JPEG")),
    (b"GIF8", _picture("GIF")),
    (b"BM", _picture("BMP")),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0cjP  ", _picture("JPEG2000")),
    (b"\xff\x4f\xff\x51", _picture("JPEG2000")),
    (b"%PDF", PDF),
    (b"\0\0\0\x0cJXL ", _picture("JPEG XL")),
    (b"\xff\x0a", _picture("JPEG XL")),
    (b"8BPS", Signature("PSD", "a picture of Photoshop (PSD)")),
    (b"%!PS", Signature("EPS", "a drawing in PostScript (EPS)")),
    (b"\xc5\xd0\xd3\xc6", Signature("EPS", "a drawing in PostScript (EPS)")),
    (b"\0\0\x01\0", _picture("ICO")),
    (b"v/1\x01", _picture("OpenEXR")),
    (b"#?RADIANCE", _picture("Radiance HDR")),
    (b"DDS ", _picture("DDS")),
    (b"gimp xcf", Signature("XCF", "a picture of GIMP (XCF)")),
    (b"SIMPLE  =", _picture("FITS")),
    (b"\x89HDF", Signature("HDF5", "data in HDF5", PICTURES_INSIDE)),
    (b"CDF\x01", Signature("NetCDF", "data in NetCDF", PICTURES_INSIDE)),
    (b"\x93NUMPY", Signature("npy", "an array of numpy", "give the array itself, or --npy FILE")),
    (b"AT&TFORM", Signature("DjVu", "a scan in DjVu")),
    (b"\xd7\xcd\xc6\x9a", Signature("WMF", "a drawing in WMF")),
    # Raw files of cameras that are no TIFF.
    (b"FUJIFILMCCD-RAW", Signature("RAF", "a camera's raw file (RAF)")),
    (b"IIRO", Signature("ORF", "a camera's raw file (ORF)")),
    (b"IIRS", Signature("ORF", "a camera's raw file (ORF)")),
    (b"MMOR", Signature("ORF", "a camera's raw file (ORF)")),
    (b"IIU\0", Signature("RW2", "a camera's raw file (RW2)")),
    (b"FOVb", Signature("X3F", "a camera's raw file (X3F)")),
    (b"\0MRM", Signature("MRW", "a camera's raw file (MRW)")),
    (b"II\x1a\0\0\0HEAPCCDR", Signature("CRW", "a camera's raw file (CRW)")),
    # Sound and video.
    (b"\x1aE\xdf\xa3", _video("WebM or Matroska")),
    (b"fLaC", _sound("FLAC")),
    (b"OggS", _sound("Ogg")),
    (b"ID3", _sound("MP3")),
    (b"\xff\xf1", _sound("AAC")),
    (b"\xff\xf9", _sound("AAC")),
    (b"ADIF", _sound("AAC")),
    (b"#!AMR", _sound("AMR")),
    (b"\x0b\x77", _sound("AC-3")),
    (b"caff", _sound("CAF")),
    (b".snd", _sound("AU")),
    (b"MThd", Signature("MIDI", "notes (MIDI), not sound", "play it into a WAV file")),
    (b"wvpk", _sound("WavPack")),
    (b"MAC ", _sound("Monkey's Audio")),
    (b"DSD ", _sound("DSD")),
    (b"0&\xb2u\x8ef\xcf\x11", _video("Windows Media")),
    (b"\0\0\x01\xba", _video("MPEG")),
    (b"\0\0\x01\xb3", _video("MPEG")),
    (b"FLV\x01", _video("Flash video")),
    # What is neither.
    (b"Rar!", Signature("rar", "an archive (rar)", TAR.way_out)),
    (b"7z\xbc\xaf\x27\x1c", Signature("7z", "an archive (7z)", TAR.way_out)),
    (b"\x1f\x8b", Signature("gzip", "a compressed file (gzip)", "unpack it first")),
    (b"BZh", Signature("bzip2", "a compressed file (bzip2)", "unpack it first")),
    (b"\xfd7zXZ", Signature("xz", "a compressed file (xz)", "unpack it first")),
    (b"\x28\xb5\x2f\xfd", Signature("zstd", "a compressed file (zstd)", "unpack it first")),
    (b"SQLite format 3", Signature("SQLite", "a database (SQLite)", PICTURES_INSIDE)),
    (b"{\\rtf", Signature("RTF", "a document (RTF)", PICTURES_INSIDE)),
    (
        b"version https://git-lfs",
        Signature("Git LFS", "a pointer of Git LFS, not the file", "run `git lfs pull`"),
    ),
)

FORMS = {  # what is behind "RIFF" and "FORM"
    b"WEBP": _picture("WEBP"),
    b"WAVE": _sound("WAV"),
    b"AVI ": _video("AVI"),
    b"CDR": Signature("CDR", "a drawing of CorelDRAW"),
    b"AIFF": _sound("AIFF"),
    b"AIFC": _sound("AIFF"),
    b"ILBM": _picture("ILBM"),
}
HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
AVIF_BRANDS = frozenset((b"avif", b"avis"))
OF_WINDOWS = {
    "desktop.ini": Signature("desktop.ini", "Windows' settings of a folder", "nothing is lost"),
    "thumbs.db": Signature("Thumbs.db", "Windows' cache of thumbnails", "nothing is lost"),
    "ehthumbs.db": Signature("Thumbs.db", "Windows' cache of thumbnails", "nothing is lost"),
}
OFFICE = {
    ".docx": "Word", ".xlsx": "Excel", ".pptx": "PowerPoint",
    ".odt": "LibreOffice", ".ods": "LibreOffice", ".odp": "LibreOffice",
}  # fmt: skip


def identified(begin: bytes, name: str = "") -> Signature | None:
    r"""Say what a file is.

    Parameters
    ----------
    begin : bytes
        Its first `BEGINNING` bytes.
    name : str
        Its name, which tells kinds that begin alike from each other.

    Returns
    -------
    Signature or None
        None if DALT knows no such files.

    Examples
    --------
    >>> identified(b"8BPS")
    Signature(name='PSD', what='a picture of Photoshop (PSD)', way_out='convert it to JPEG or PNG')
    >>> identified(b"MM\0*", "DSC_0001.NEF").what, identified(b"no idea")
    ("a camera's raw file (NEF)", None)
    """
    ending = Path(name).suffix.lower()
    if begin[4:8] == b"ftyp":
        return _base_media(begin)
    if begin[:4] in (b"RIFF", b"RIFX", b"RF64", b"FORM"):
        return FORMS.get(begin[8:12], FORMS.get(begin[8:11]))
    if begin[:4] in (b"PK\3\4", b"PK\5\6", b"PK\x07\x08"):
        return _zipped(begin, ending)
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        return _compound(name)
    for start, signature in STARTS:
        if begin.startswith(start):
            return _raw(begin, ending) or signature if signature is TIFF else signature
    if begin[128:132] == b"DICM":
        return DICOM
    if begin[257:262] == b"ustar":
        return TAR
    return _netpbm(begin) or _by_name(name) or _text(begin)


def _base_media(begin: bytes) -> Signature:
    """Tell the files that begin with a box "ftyp" by their brands."""
    end = min(int.from_bytes(begin[:4]), len(begin))
    major = begin[8:12]
    brands = {major, *(begin[i : i + 4] for i in range(16, end, 4))}
    if major == b"crx ":
        return CR3
    if brands & AVIF_BRANDS:
        return AVIF
    if brands & HEIC_BRANDS:
        return HEIC
    if major in (b"M4A ", b"M4B ", b"M4P "):
        return _sound("M4A")
    if major[:3] in (b"3gp", b"3g2"):
        return _video("3GP")
    return _video("MOV" if major == b"qt  " else "MP4")


def _raw(begin: bytes, ending: str) -> Signature | None:
    if begin[8:10] == b"CR" and begin[:4] == b"II*\0":
        ending = ".cr2"
    if ending not in RAW_ENDINGS:
        return None
    return Signature(ending[1:].upper(), f"a camera's raw file ({ending[1:].upper()})")


def _zipped(begin: bytes, ending: str) -> Signature:
    if ending in OFFICE or b"[Content_Types].xml" in begin or b"mimetypeapplication" in begin:
        made = OFFICE.get(ending, "an office program")
        return Signature("office", f"a document of {made}", PICTURES_INSIDE)
    return Signature("zip", "an archive (zip)", TAR.way_out)


def _compound(name: str) -> Signature:
    return _by_name(name) or Signature("office", "a document of an office program", PICTURES_INSIDE)


def _netpbm(begin: bytes) -> Signature | None:
    known = len(begin) > 2 and begin[:1] == b"P" and begin[1:2] in b"123456"
    return _picture("PPM") if known and begin[2:3] in b" \t\r\n#" else None


def _by_name(name: str) -> Signature | None:
    """Tell what Windows puts into folders of pictures."""
    return OF_WINDOWS.get(Path(name).name.lower())


def _text(begin: bytes) -> Signature | None:
    """Tell web pages and drawings in XML."""
    said = begin.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"<svg" in said and said.startswith((b"<svg", b"<?xml", b"<!")):
        return SVG
    if said.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in said:
        return HTML
    if said.startswith((b"<?xml", b"<error")):
        return Signature("XML", "XML, which servers send in place of a missing file", HTML.way_out)
    return None
