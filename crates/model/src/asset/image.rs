//! Pictures of the kinds that every browser shows: how wide and how high they
//! are, as their own bytes say it. An organization's logo is one.

use serde::{Deserialize, Serialize};

use crate::ids::FileId;

/// The most bytes of a logo: every first view of a page loads it.
pub const LOGO_BYTES: u64 = 512 << 10;
/// The most pixels of a logo on either side.
pub const LOGO_SIDE: u32 = 4096;

/// The kind of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG, whatever it is wrapped in.
    Jpeg,
    /// WebP, whole pictures only.
    Webp,
}

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Its kind.
    pub format: Format,
    /// In pixels, at least 1.
    pub width: u32,
    /// In pixels, at least 1.
    pub height: u32,
}

/// An organization's logo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// The file.
    pub id: FileId,
    /// What it is called.
    pub filename: String,
    /// The extension of its kind.
    pub extension: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl Format {
    /// The extension that addresses of such pictures end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }
}

impl Image {
    /// Looks at all the bytes of a file; `None`: they are no such picture.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (format, (width, height)) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            (Format::Png, png(bytes)?)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            (Format::Jpeg, jpeg(bytes)?)
        } else if bytes.starts_with(b"RIFF") {
            (Format::Webp, webp(bytes)?)
        } else {
            return None;
        };
        (width > 0 && height > 0).then_some(Self { format, width, height })
    }

    /// Whether it can be a logo.
    pub fn fits_a_logo(self) -> bool {
        self.width <= LOGO_SIDE && self.height <= LOGO_SIDE
    }
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

/// The first chunk must be the header, and the last one the end.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let is_whole = bytes.get(12..16) == Some(b"IHDR") && bytes.windows(4).any(|four| four == b"IEND");
    is_whole.then_some((big(bytes, 16, 4)?, big(bytes, 20, 4)?))
}

/// Walks over the segments up to the one that begins a frame.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let mark = *bytes.get(at + 1)?;
        match mark {
            // Filling.
            0xff => at += 1,
            // Frames of every coding; 0xc4, 0xc8 and 0xcc are tables.
            0xc0..=0xcf if !matches!(mark, 0xc4 | 0xc8 | 0xcc) => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            // The picture itself, before any frame.
            0xd8..=0xda => return None,
            _ => {
                let length = usize::try_from(big(bytes, at + 2, 2)?).ok().filter(|length| *length >= 2)?;
                at = at.checked_add(2)?.checked_add(length)?;
            }
        }
    }
}

/// The three shapes that there are: lossy, lossless, extended.
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(8..12)? != b"WEBP" {
        return None;
    }
    match bytes.get(12..16)? {
        b"VP8 " if bytes.get(23..26)? == b"\x9d\x01\x2a" => {
            Some((little(bytes, 26, 2)? & 0x3fff, little(bytes, 28, 2)? & 0x3fff))
        }
        b"VP8L" if *bytes.get(20)? == 0x2f => {
            let bits = little(bytes, 21, 4)?;
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        // Moving pictures distract.
        b"VP8X" if *bytes.get(20)? & 2 == 0 => Some((little(bytes, 24, 3)? + 1, little(bytes, 27, 3)? + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples() -> Vec<(Format, Vec<u8>)> {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x2c\0\0\0\x64\x08\x06\0\0\0....\0\0\0\0IEND....";
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x03q\xff\xc2\0\x11\x08\0\x64\x01\x2c\x03";
        let lossy = b"RIFF....WEBPVP8 \x10\0\0\0\x30\x01\0\x9d\x01\x2a\x2c\x41\x64\x40";
        let bits: u32 = 0x12b | (0x63 << 14);
        let lossless = [&b"RIFF....WEBPVP8L\x10\0\0\0\x2f"[..], &bits.to_le_bytes()].concat();
        let extended = b"RIFF....WEBPVP8X\x0a\0\0\0\x10\0\0\0\x2b\x01\0\x63\0\0";
        vec![
            (Format::Png, png.to_vec()),
            (Format::Jpeg, jpeg.to_vec()),
            (Format::Webp, lossy.to_vec()),
            (Format::Webp, lossless),
            (Format::Webp, extended.to_vec()),
        ]
    }

    #[test]
    fn pictures_say_how_large_they_are() {
        for (format, bytes) in samples() {
            assert_eq!(Image::read(&bytes), Some(Image { format, width: 300, height: 100 }), "{format:?}");
        }
    }

    #[test]
    fn what_breaks_off_moves_or_is_something_else_is_no_picture() {
        for (format, bytes) in samples() {
            // The end of a PNG is looked for, other kinds say their size early.
            for length in 0..bytes.len() {
                if let Some(image) = Image::read(&bytes[..length]) {
                    assert!(format != Format::Png || length >= bytes.len() - 4, "{format:?} {length}");
                    assert_eq!((image.width, image.height), (300, 100));
                }
            }
        }
        let mut moving = samples()[4].1.clone();
        moving[20] |= 2;
        let (empty, svg) = (samples()[0].1.clone(), b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec());
        let empty = [&empty[..16], &[0; 4], &empty[20..]].concat();
        for bytes in [moving, empty, svg, b"GIF89a\x01\0\x01\0".to_vec(), b"%PDF-1.7".to_vec(), Vec::new()] {
            assert_eq!(Image::read(&bytes), None, "{bytes:?}");
        }
        let wide = Image { format: Format::Png, width: LOGO_SIDE + 1, height: 1 };
        assert!(!wide.fits_a_logo() && Image { width: LOGO_SIDE, ..wide }.fits_a_logo());
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_to_an_end(kind in 0_usize..5, at in 0_usize..60, byte: u8, rest: Vec<u8>) {
            let mut bytes = samples()[kind].1.clone();
            bytes.extend(rest);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            let _ = Image::read(&bytes);
        }
    }
}
