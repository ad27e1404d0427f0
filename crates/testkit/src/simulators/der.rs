//! Just enough DER to find the public key in a certificate.

/// The subject's public key (SubjectPublicKeyInfo) of a certificate, or nothing when it is no certificate.
pub(crate) fn public_key_of(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xA0;
    let certificate = element(certificate)?;
    let signed = element(certificate.contents)?;
    if (certificate.tag, signed.tag) != (SEQUENCE, SEQUENCE) {
        return None;
    }
    let mut fields = signed.contents;
    if fields.first() == Some(&VERSION) {
        fields = element(fields)?.after;
    }
    // Serial number, signature algorithm, issuer, validity, subject.
    for _field in 0..5 {
        fields = element(fields)?.after;
    }
    let key = element(fields)?;
    (key.tag == SEQUENCE).then_some(key.whole)
}

struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
    /// What follows it.
    after: &'a [u8],
    /// With tag and length.
    whole: &'a [u8],
}

/// The first element.
fn element(bytes: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (length.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (contents, after) = rest.split_at_checked(length)?;
    let whole = bytes.get(..bytes.len() - after.len())?;
    Some(Element { tag, contents, after, whole })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulators::keys;

    #[test]
    fn only_a_certificate_has_a_public_key() {
        let certificate = keys::svarut().certificate_der();
        let key = public_key_of(certificate).unwrap();
        assert!(key.starts_with(&[0x30, 0x82, 0x01, 0x22]), "a key of 2048 bits");
        for cut in [0, 1, 5, 40, key.len()] {
            assert_eq!(public_key_of(&certificate[..cut]), None);
        }
        assert_eq!(public_key_of(b"not a certificate"), None);
    }
}
