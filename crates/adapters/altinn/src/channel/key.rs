use sakarkiv_core::delivery::Reference;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// The key under which Altinn takes a message once and no second time (`idempotentKey`). Made from our reference alone, so
/// that a restart makes the same one.
///
/// A key is used up for ever by a message that was created, also by one that then failed. A letter that is sent anew after
/// that goes by the key of the next `generation`; nothing but the failure of all before it opens the way to one.
pub(super) fn key(reference: &Reference, generation: u32) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"sakarkiv-altinn\0");
    hash.update(reference.as_str().as_bytes());
    hash.update([0]);
    hash.update(generation.to_be_bytes());
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// How often one letter may be created anew. More failures than this are no accident.
pub(super) const MOST_GENERATIONS: u32 = 16;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sakarkiv_core::identity::LetterId;

    use super::*;

    #[test]
    fn keys_differ_by_letter_and_generation_and_never_change() {
        let reference = |n: u128| Reference::of(LetterId::from_uuid(Uuid::from_u128(n)));
        let all = (0..50).flat_map(|n| (0..MOST_GENERATIONS).map(move |g| (n, g)));
        let keys = all.map(|(n, generation)| key(&reference(n), generation)).collect::<BTreeSet<_>>();
        assert_eq!(keys.len(), 50 * 16);
        assert!(keys.iter().all(|key| !key.is_nil()));
        assert_eq!(key(&reference(1), 0).get_version_num(), 8);
        assert_eq!(key(&reference(1), 0), key(&reference(1), 0));
    }
}
