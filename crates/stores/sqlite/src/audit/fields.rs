//! How an entry's fields stand in their column: for each a name (its length in 2 bytes), the commitment, and 1 with salt and
//! value (its length in 4 bytes), or 0 once erased.

use rusqlite::{Connection, params};
use sakarkiv_audit::{Hash, Opening, Salt, SealedField};
use sakarkiv_core::{ports::StoreError, screening::Private};

use crate::records::{change, one};

/// The bytes of a row.
pub(super) fn load(db: &Connection, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
    one(db, "SELECT fields FROM audit_fields WHERE id = ?1", params![id], |row| row.get(0))
}

/// Adds the row of an entry's fields, where it has any.
pub(super) fn add(db: &Connection, fields: &[SealedField]) -> Result<Option<i64>, StoreError> {
    if fields.is_empty() {
        return Ok(None);
    }
    change(db, "INSERT INTO audit_fields (fields) VALUES (?1)", params![encode(fields)?])?;
    Ok(Some(db.last_insert_rowid()))
}

/// The column of an entry's fields.
pub(super) fn encode(fields: &[SealedField]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(fields.len() * 128);
    for field in fields {
        let length = u16::try_from(field.name.len()).map_err(|_| too_long())?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field.name.as_bytes());
        bytes.extend_from_slice(field.commitment.as_bytes());
        bytes.push(u8::from(field.opening.is_some()));
        if let Some(Opening { salt, value }) = &field.opening {
            let value = value.expose().as_bytes();
            let length = u32::try_from(value.len()).map_err(|_| too_long())?;
            bytes.extend_from_slice(salt.as_bytes());
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(value);
        }
    }
    Ok(bytes)
}

/// Reads what [`encode`] wrote; nothing for anything else.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Vec<SealedField>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        fields.push(field(&mut bytes)?);
    }
    Some(fields)
}

fn field(rest: &mut &[u8]) -> Option<SealedField> {
    let length = u16::from_be_bytes(chunk(rest)?);
    let name = text(rest, usize::from(length))?;
    let commitment = Hash::from_bytes(chunk(rest)?);
    let opening = match chunk(rest)? {
        [0] => None,
        [1] => {
            let salt = Salt::from_bytes(chunk(rest)?);
            let length = u32::from_be_bytes(chunk(rest)?);
            let value = Private::new(text(rest, usize::try_from(length).ok()?)?);
            Some(Opening { salt, value })
        }
        _ => return None,
    };
    Some(SealedField { name, commitment, opening })
}

fn text(rest: &mut &[u8], length: usize) -> Option<String> {
    let (text, after) = rest.split_at_checked(length)?;
    *rest = after;
    String::from_utf8(text.to_vec()).ok()
}

fn chunk<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (chunk, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*chunk)
}

fn too_long() -> StoreError {
    StoreError::Invalid("a detail of the event is too long to be logged: shorten it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: Option<&str>) -> SealedField {
        let opening =
            value.map(|value| Opening { salt: Salt::from_bytes([2; 32]), value: Private::new(value.to_owned()) });
        SealedField { name: name.to_owned(), commitment: Hash::from_bytes([1; 32]), opening }
    }

    #[test]
    fn fields_are_read_back_erased_ones_too() {
        for fields in [vec![], vec![field("title", Some("Søknad")), field("empty", Some("")), field("gone", None)]] {
            assert_eq!(decode(&encode(&fields).unwrap()), Some(fields));
        }
    }

    #[test]
    fn no_part_of_a_column_is_taken_for_the_whole() {
        let bytes = encode(&[field("title", Some("Søknad")), field("gone", None)]).unwrap();
        let first = encode(&[field("title", Some("Søknad"))]).unwrap().len();
        for cut in (1..bytes.len()).filter(|cut| *cut != first) {
            assert_eq!(decode(&bytes[..cut]), None, "{cut} bytes");
        }
        assert_eq!(decode(&[0, 1, b'x', 9]), None);
    }
}
