//! The kinds of files that can be uploaded, by their extensions (`wire.md`
//! 2.10), and whether the first bytes of a file are what its extension says.
//!
//! Nothing that browsers would run is among them. What a caller says of the
//! type of a file counts for nothing: the extension says it, and the bytes must
//! agree.

/// How many bytes from the beginning [`Kind::fits`] wants to see; less only of
/// files that are shorter.
pub const HEAD: usize = 4096;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(&'static Row);

#[derive(Debug, PartialEq, Eq)]
struct Row {
    extension: &'static str,
    mime: &'static str,
    sign: Sign,
    /// Whether browsers may show it in a page of its own.
    shown: bool,
}

/// How the beginning of a file tells what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Pdf,
    Zip,
    /// The container of old office programs.
    Compound,
    /// That, or rich text under the same name.
    Document,
    RichText,
    Text,
    Xml,
    Jpeg,
    Gif,
    Png,
    Bitmap,
    Tiff,
    Photoshop,
    Illustrator,
    Drawing,
    /// MPEG-1 audio.
    Audio,
    /// QuickTime and what came of it.
    Movie,
    Matroska,
    Webp,
    Nothing,
}

const fn row(extension: &'static str, mime: &'static str, sign: Sign, shown: bool) -> Row {
    Row { extension, mime, sign, shown }
}

/// All kinds, in the order of the contract, and one more.
static KINDS: [Row; 28] = [
    row("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Sign::Zip, false),
    row("xls", "application/vnd.ms-excel", Sign::Compound, false),
    row(
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Sign::Zip,
        false,
    ),
    row("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Sign::Zip, false),
    row("ppt", "application/vnd.ms-powerpoint", Sign::Compound, false),
    row("doc", "application/msword", Sign::Document, false),
    row("rtf", "application/rtf", Sign::RichText, false),
    row("pdf", "application/pdf", Sign::Pdf, true),
    row("txt", "text/plain; charset=utf-8", Sign::Text, true),
    row("mpga", "audio/mpeg", Sign::Audio, true),
    row("mov", "video/quicktime", Sign::Movie, true),
    row("qt", "video/quicktime", Sign::Movie, true),
    row("mp4", "video/mp4", Sign::Movie, true),
    row("webm", "video/webm", Sign::Matroska, true),
    row("jpg", "image/jpeg", Sign::Jpeg, true),
    row("jpeg", "image/jpeg", Sign::Jpeg, true),
    row("gif", "image/gif", Sign::Gif, true),
    row("png", "image/png", Sign::Png, true),
    row("ai", "application/postscript", Sign::Illustrator, false),
    row("psd", "image/vnd.adobe.photoshop", Sign::Photoshop, false),
    row("zip", "application/zip", Sign::Zip, false),
    row("xml", "application/xml", Sign::Xml, false),
    row("xps", "application/vnd.ms-xpsdocument", Sign::Zip, false),
    row("dwg", "image/vnd.dwg", Sign::Drawing, false),
    row("csv", "text/csv; charset=utf-8", Sign::Text, false),
    row("tif", "image/tiff", Sign::Tiff, true),
    row("bmp", "image/bmp", Sign::Bitmap, true),
    // What phones and designers send today.
    row("webp", "image/webp", Sign::Webp, true),
];

static UNKNOWN: Row = row("", "application/octet-stream", Sign::Nothing, false);

impl Kind {
    /// That of a file whose extension is not known any more.
    pub const UNKNOWN: Self = Self(&UNKNOWN);

    /// The kind with this extension, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        KINDS.iter().find(|row| row.extension.eq_ignore_ascii_case(extension)).map(Self)
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(Self)
    }

    /// Every extension that can be uploaded, in lower case.
    pub fn extensions() -> Vec<&'static str> {
        KINDS.iter().map(|row| row.extension).collect()
    }

    /// The extension, in lower case.
    pub fn extension(self) -> &'static str {
        self.0.extension
    }

    /// The MIME type.
    pub fn mime(self) -> &'static str {
        self.0.mime
    }

    /// Whether browsers may show it; everything else is for saving.
    pub fn is_shown(self) -> bool {
        self.0.shown
    }

    /// Whether a file that begins like this can be of this kind. `head` holds
    /// the first [`HEAD`] bytes, or all of them.
    pub fn fits(self, head: &[u8]) -> bool {
        let starts = |sign: &[u8]| head.starts_with(sign);
        let holds = |at: usize, sign: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(sign));
        match self.0.sign {
            // Some programs write a line of their own in front.
            Sign::Pdf => is_pdf(head),
            Sign::Zip => starts(b"PK\x03\x04") || starts(b"PK\x05\x06"),
            Sign::Compound => starts(COMPOUND),
            Sign::Document => starts(COMPOUND) || starts(b"{\\rtf"),
            Sign::RichText => starts(b"{\\rtf"),
            Sign::Text => is_text(head) && !is_pdf(head) && !is_markup(head),
            Sign::Xml => is_text(head) && is_xml(head),
            Sign::Jpeg => starts(b"\xff\xd8\xff"),
            Sign::Gif => starts(b"GIF87a") || starts(b"GIF89a"),
            Sign::Png => starts(b"\x89PNG\r\n\x1a\n"),
            Sign::Bitmap => starts(b"BM"),
            Sign::Tiff => [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].into_iter().any(starts),
            Sign::Photoshop => starts(b"8BPS"),
            Sign::Illustrator => starts(b"%!PS") || is_pdf(head),
            Sign::Drawing => starts(b"AC10"),
            Sign::Audio => starts(b"ID3") || matches!(head, [0xff, second, ..] if second & 0xe0 == 0xe0),
            Sign::Movie => ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]
                .iter()
                .any(|at| holds(4, at.as_bytes())),
            Sign::Matroska => starts(b"\x1a\x45\xdf\xa3"),
            Sign::Webp => starts(b"RIFF") && holds(8, b"WEBP"),
            Sign::Nothing => false,
        }
    }
}

const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

fn is_pdf(head: &[u8]) -> bool {
    head.iter().take(1024).collect::<Vec<_>>().windows(5).any(|five| five.iter().copied().eq(b"%PDF-"))
}

/// Whether it is text in some encoding: of two bytes a character only with the
/// mark in front that says so.
fn is_text(head: &[u8]) -> bool {
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    wide || !head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}

/// What a text begins with, behind marks and blanks, in lower case.
fn beginning(head: &[u8]) -> Vec<u8> {
    let marks = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"];
    let head = marks.iter().find_map(|mark| head.strip_prefix(*mark)).unwrap_or(head);
    let seen = head.iter().copied().filter(|byte| *byte != 0);
    seen.skip_while(u8::is_ascii_whitespace).take(64).map(|byte| byte.to_ascii_lowercase()).collect()
}

fn is_xml(head: &[u8]) -> bool {
    let beginning = beginning(head);
    let page = [&b"<html"[..], b"<!doctype html", b"<script", b"<svg"];
    beginning.first() == Some(&b'<') && !page.iter().any(|sign| beginning.starts_with(sign))
}

/// Whether a browser that guesses would take it for a page.
fn is_markup(head: &[u8]) -> bool {
    let beginning = beginning(head);
    [&b"<!doctype"[..], b"<html", b"<head", b"<body", b"<script", b"<iframe", b"<svg", b"<?xml", b"<!--"]
        .iter()
        .any(|sign| beginning.starts_with(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a file of each kind.
    fn sample(extension: &str) -> &'static [u8] {
        match extension {
            "xlsx" | "pptx" | "docx" | "zip" | "xps" => b"PK\x03\x04\x14\0\x06\0",
            "xls" | "ppt" | "doc" => b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
            "rtf" => b"{\\rtf1\\ansi }",
            "pdf" => b"%PDF-1.7\n",
            "txt" => "Grüße, 7 %\n".as_bytes(),
            "csv" => b"a;b\r\n1;2\r\n",
            "mpga" => b"ID3\x04\0",
            "mov" | "qt" | "mp4" => b"\0\0\0\x18ftypmp42",
            "webm" => b"\x1a\x45\xdf\xa3\x01",
            "jpg" | "jpeg" => b"\xff\xd8\xff\xe0\0\x10JFIF",
            "gif" => b"GIF89a\x01\0",
            "png" => b"\x89PNG\r\n\x1a\n\0",
            "ai" => b"%!PS-Adobe-3.0\n",
            "psd" => b"8BPS\0\x01",
            "xml" => b"\xef\xbb\xbf<?xml version=\"1.0\"?><order/>",
            "dwg" => b"AC1032\0",
            "tif" => b"II*\0\x08\0",
            "bmp" => b"BM\x36\0",
            "webp" => b"RIFF\x1a\0\0\0WEBPVP8L",
            other => panic!("no sample of {other}"),
        }
    }

    #[test]
    fn every_kind_knows_its_own() {
        for extension in Kind::extensions() {
            let kind = Kind::of_extension(&extension.to_uppercase()).unwrap();
            assert!(kind.fits(sample(extension)), "{extension}");
            assert_eq!(kind.extension(), extension);
            assert!(!kind.fits(b"MZ\x90\0\x03\0\0\0"), "a program as {extension}");
            assert!(!kind.fits(b"\x7fELF\x02\x01\x01"), "a program as {extension}");
        }
        assert_eq!(Kind::of_extension("exe"), None);
        assert!(!Kind::UNKNOWN.is_shown() && !Kind::UNKNOWN.fits(b"a"));
    }

    #[test]
    fn what_one_kind_looks_like_is_not_taken_for_another() {
        let kinds = Kind::extensions();
        for (of, other) in kinds.iter().flat_map(|of| kinds.iter().map(move |other| (*of, *other))) {
            let alike = sample(of) == sample(other)
                // Old documents may be rich text, drawings of vectors may be PDF,
                // and what is written in plain letters is text.
                || matches!((of, other), ("rtf", "doc") | ("pdf", "ai") | ("txt", "csv") | ("csv", "txt"))
                || matches!((of, other), ("rtf" | "ai", "txt" | "csv"));
            let fits = Kind::of_extension(other).unwrap().fits(sample(of));
            assert_eq!(fits, alike, "{of} as {other}");
        }
    }

    #[test]
    fn pages_and_scripts_do_not_pass_as_text_or_xml() {
        let text = Kind::of_extension("txt").unwrap();
        let xml = Kind::of_extension("xml").unwrap();
        for page in ["<!DOCTYPE html>", "\n <HTML>", "<script>alert(1)</script>", "<svg onload=x>"] {
            assert!(!text.fits(page.as_bytes()) && !xml.fits(page.as_bytes()), "{page}");
        }
        let wide: Vec<u8> =
            b"\xff\xfe".iter().copied().chain("<html>".bytes().flat_map(|byte| [byte, 0])).collect();
        let plain: Vec<u8> =
            b"\xff\xfe".iter().copied().chain("hello".bytes().flat_map(|byte| [byte, 0])).collect();
        assert!(!text.fits(&wide) && text.fits(&plain));
        assert!(text.fits(b"") && text.fits(b"1 < 2") && !text.fits(b"a\0b") && !xml.fits(b"order"));
    }
}
