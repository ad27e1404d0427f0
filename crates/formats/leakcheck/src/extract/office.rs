//! Office files: XML in a zip archive.

use std::{
    borrow::Cow,
    io::{Cursor, Read},
};

use sakarkiv_core::publication::Leak;
use zip::ZipArchive;

use super::{Extracted, decode, xml};
use crate::Limits;

/// Takes the text out of docx, xlsx, pptx, odt, ods and odp.
pub(super) fn read(bytes: &[u8], limits: Limits) -> Extracted {
    let mut extracted = Extracted::default();
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Extracted::doubtful(Leak::Unreadable);
    };
    if archive.len() > limits.parts {
        return Extracted::doubtful(Leak::TooLarge);
    }
    let Ok(names) = archive.file_names().map(|name| name.map(Cow::into_owned)).collect::<Result<Vec<String>, _>>()
    else {
        return Extracted::doubtful(Leak::Unreadable);
    };
    if !names.iter().any(|name| name == "[Content_Types].xml" || name == "content.xml") {
        // Any other archive holds files of any kind.
        return Extracted::doubtful(Leak::UnknownFormat);
    }
    let mut left = limits.unpacked;
    for name in names {
        let lower = name.to_lowercase();
        if is_other_file(&lower) {
            extracted.doubt(Leak::Embedded);
        }
        if !lower.ends_with(".xml") && !lower.ends_with(".rels") {
            continue;
        }
        match part(&mut archive, &name, &mut left) {
            Ok(text) => {
                xml::read(&text, &mut extracted, limits);
                extracted.add_text("\n", limits);
            }
            Err(doubt) => {
                extracted.doubt(doubt);
                if doubt == Leak::TooLarge {
                    break;
                }
            }
        }
    }
    extracted
}

/// One part, as text.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str, left: &mut usize) -> Result<String, Leak> {
    let file = archive.by_name(name).map_err(|_| Leak::Unreadable)?;
    if file.encrypted() {
        return Err(Leak::Encrypted);
    }
    let mut bytes = Vec::new();
    // One byte more than is left tells that there is more.
    let most = u64::try_from(*left).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|_| Leak::Unreadable)?;
    *left = left.checked_sub(bytes.len()).ok_or(Leak::TooLarge)?;
    decode(&bytes).ok_or(Leak::Unreadable)
}

/// Files inside the file that are neither text nor picture.
fn is_other_file(name: &str) -> bool {
    name.contains("/embeddings/")
        || name.starts_with("object ")
        || name.ends_with("vbaproject.bin")
        || [".zip", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".doc", ".xls", ".eml", ".msg"]
            .iter()
            .any(|ending| name.ends_with(ending))
}
