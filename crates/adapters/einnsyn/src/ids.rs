//! System ids that are made of others, so that the same thing always gets the same one.

use sakarkiv_core::identity::TenantId;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The id of a part of something: the same for the same parts, another for any other.
///
/// A document that is attached to two entries is two things to eInnsyn, because each entry may show another title of it.
pub(crate) fn part_of(whole: Uuid, sort: &str, part: &[u8]) -> Uuid {
    made_of(&[whole.as_bytes(), sort.as_bytes(), part])
}

/// The id of something that a tenant has once under a name.
pub(crate) fn of_tenant(tenant: &TenantId, sort: &str, name: &str) -> Uuid {
    made_of(&[tenant.as_str().as_bytes(), sort.as_bytes(), name.as_bytes()])
}

fn made_of(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
    // Version 8 of RFC 9562 is for ids that are made like this one.
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_for_the_same_parts_and_no_other() {
        let whole = Uuid::from_u128(1);
        assert_eq!(part_of(whole, "party", b"x"), part_of(whole, "party", b"x"));
        for other in [part_of(whole, "party", b"y"), part_of(whole, "part", b"yx"), part_of(Uuid::nil(), "party", b"x")]
        {
            assert_ne!(other, part_of(whole, "party", b"x"));
        }
        let of = |tenant: &str| of_tenant(&TenantId::new(tenant).unwrap(), "arkiv", "");
        assert_ne!(of("bodo"), of("rost"));
        assert_eq!(of("bodo").get_version_num(), 8);
    }
}
