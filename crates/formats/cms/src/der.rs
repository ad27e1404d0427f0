//! A reader and writer for small structures that already lie in memory with definite lengths.

/// Tags used in CMS, PKCS and X.509 structures.
pub(crate) mod tag {
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    pub(crate) const CONSTRUCTED: u8 = 0x20;
    pub(crate) const CONSTRUCTED_OCTET_STRING: u8 = OCTET_STRING | CONSTRUCTED;
    /// Context-specific tag `[n]`, primitive.
    pub(crate) const fn context(number: u8) -> u8 {
        0x80 | number
    }
    /// Context-specific tag `[n]`, constructed.
    pub(crate) const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}

/// The bytes are not what the structure asks for. Callers turn it into their own error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One element: its tag, what is inside, and the whole of it as it stood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) contents: &'a [u8],
    pub(crate) raw: &'a [u8],
}

/// Walks over consecutive elements of a slice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tag that comes next, if any.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Malformed> {
        let start = self.0;
        let (&tag, rest) = start.split_first().ok_or(Malformed)?;
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (&first, mut rest) = rest.split_first().ok_or(Malformed)?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(Malformed)?;
            rest = after;
            big_endian(bytes).and_then(|n| usize::try_from(n).ok()).filter(|_| first > 0x80).ok_or(Malformed)?
        };
        let (contents, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        let raw = start.get(..start.len() - rest.len()).ok_or(Malformed)?;
        self.0 = rest;
        Ok(Element { tag, contents, raw })
    }

    /// The next element, which must have this tag.
    pub(crate) fn element(&mut self, tag: u8) -> Result<Element<'a>, Malformed> {
        if self.peek() == Some(tag) { self.any() } else { Err(Malformed) }
    }

    /// The contents of the next element, which must have this tag.
    pub(crate) fn take(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        self.element(tag).map(|element| element.contents)
    }

    /// A reader over the inside of the next element, which must have this tag.
    pub(crate) fn inside(&mut self, tag: u8) -> Result<Self, Malformed> {
        self.take(tag).map(Self)
    }

    /// The contents of the next element if it has this tag; otherwise nothing is taken.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.peek() == Some(tag) { self.take(tag).map(Some) } else { Ok(None) }
    }

    /// A small non-negative INTEGER.
    pub(crate) fn small(&mut self) -> Result<u64, Malformed> {
        match self.take(tag::INTEGER)? {
            [] => Err(Malformed),
            [first, ..] if *first >= 0x80 => Err(Malformed),
            bytes => big_endian(bytes).ok_or(Malformed),
        }
    }

    /// Refuses bytes that remain.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// Reads up to eight bytes, leading zeros not counted, as a number.
pub(crate) fn big_endian(bytes: &[u8]) -> Option<u64> {
    let significant = bytes.iter().skip_while(|byte| **byte == 0);
    if significant.clone().count() > 8 {
        return None;
    }
    Some(significant.fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

/// The shortest encoding of a length.
pub(crate) fn length(length: u64) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    if length < 0x80 {
        return bytes.last().copied().into_iter().collect();
    }
    let significant: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    // At most eight bytes, so the count fits beside the flag.
    let mut encoded = vec![0x80 | u8::try_from(significant.len()).unwrap_or(8)];
    encoded.extend(significant);
    encoded
}

/// One element of the given tag around the joined parts.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inside: usize = parts.iter().map(|part| part.len()).sum();
    let mut encoded = Vec::with_capacity(inside + 6);
    encoded.push(tag);
    encoded.extend(length(inside as u64));
    for part in parts {
        encoded.extend_from_slice(part);
    }
    encoded
}

/// A SEQUENCE around the joined parts.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

/// An OBJECT IDENTIFIER from its encoded contents.
pub(crate) fn oid(contents: &[u8]) -> Vec<u8> {
    element(tag::OID, &[contents])
}

/// NULL, the customary parameter of RSA and hash algorithm identifiers.
pub(crate) const NULL: &[u8] = &[tag::NULL, 0];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_in_the_shortest_form_and_read_back() {
        for (number, expected) in [
            (0, vec![0]),
            (127, vec![127]),
            (128, vec![0x81, 128]),
            (1000, vec![0x82, 3, 232]),
            (1 << 32, vec![0x85, 1, 0, 0, 0, 0]),
        ] {
            assert_eq!(length(number), expected);
        }
        let encoded = element(tag::OCTET_STRING, &[&[7; 300]]);
        assert_eq!(Der::new(&encoded).take(tag::OCTET_STRING).unwrap(), [7; 300]);
    }

    #[test]
    fn an_element_longer_than_its_slice_is_refused() {
        for bytes in
            [&[0x30][..], &[0x30, 1], &[0x30, 0x80], &[0x30, 0x84, 0xff], &[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0]]
        {
            assert_eq!(Der::new(bytes).any().map(|_| ()), Err(Malformed), "{bytes:x?}");
        }
    }

    #[test]
    fn negative_and_empty_integers_are_no_small_numbers() {
        assert_eq!(Der::new(&[2, 1, 0x80]).small(), Err(Malformed));
        assert_eq!(Der::new(&[2, 0]).small(), Err(Malformed));
        assert_eq!(Der::new(&[2, 2, 0, 0x80]).small(), Ok(128));
    }
}
