//! What makes a PDF one for the archive (PDF/A-2b, ISO 19005-2): what it says of itself, and what its colours mean.

/// What a file says of itself (XMP): that it is PDF/A-2b, and nothing of what it is about.
pub(super) const CLAIM: &str = concat!(
    "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n",
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">",
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">",
    "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">",
    "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
    "</rdf:Description></rdf:RDF></x:xmpmeta>\n",
    "<?xpacket end=\"w\"?>"
);

/// What black on white means: a profile of a grey display (ICC.1:2001) with daylight for its white and 2.2 for its gamma.
pub(super) fn profile() -> Vec<u8> {
    let mut description = [b"desc\0\0\0\0".as_slice(), &12_u32.to_be_bytes(), b"Grey 2.2, D\0"].concat();
    // No name in Unicode, and none of the old Macintosh.
    description.extend([0; 78]);
    let tags: [(&[u8; 4], Vec<u8>); 4] = [
        (b"desc", description),
        (b"cprt", b"text\0\0\0\0No rights reserved\0".to_vec()),
        (b"wtpt", [b"XYZ \0\0\0\0".as_slice(), &DAYLIGHT].concat()),
        (b"kTRC", [b"curv\0\0\0\0".as_slice(), &1_u32.to_be_bytes(), &GAMMA].concat()),
    ];
    let (mut table, mut data) = (Vec::new(), Vec::new());
    let first = HEAD + 4 + 12 * tags.len();
    for (tag, content) in &tags {
        table.extend_from_slice(*tag);
        table.extend(size(first + data.len()));
        table.extend(size(content.len()));
        data.extend_from_slice(content);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    let mut file = Vec::new();
    file.extend(size(first + data.len()));
    file.extend_from_slice(b"\0\0\0\0\x02\x10\0\0mntrGRAYXYZ ");
    // A date that is one, as is asked for, and tells nothing.
    file.extend([2000_u16, 1, 1, 0, 0, 0].into_iter().flat_map(u16::to_be_bytes));
    file.extend_from_slice(b"acsp");
    file.resize(68, 0);
    file.extend_from_slice(&DAYLIGHT);
    file.resize(HEAD, 0);
    file.extend(size(tags.len()));
    [file, table, data].concat()
}

fn size(size: usize) -> [u8; 4] {
    u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes()
}

/// The light that profiles are connected by (D50), as three numbers of 16 and 16 bits.
const DAYLIGHT: [u8; 12] = [0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d];
/// 2.2, as a number of 8 and 8 bits.
const GAMMA: [u8; 2] = [2, 0x33];
/// The length of a profile's head.
const HEAD: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(file: &[u8], at: usize) -> usize {
        usize::try_from(u32::from_be_bytes(file[at..at + 4].try_into().unwrap())).unwrap()
    }

    #[test]
    fn every_part_of_the_profile_lies_where_it_says_and_whole() {
        let file = profile();
        assert_eq!(
            (number(&file, 0), &file[36..40], &file[12..24]),
            (file.len(), b"acsp".as_slice(), b"mntrGRAYXYZ ".as_slice())
        );
        for (nth, kind) in [b"desc", b"text", b"XYZ ", b"curv"].into_iter().enumerate() {
            let (at, length) = (number(&file, 136 + 12 * nth), number(&file, 140 + 12 * nth));
            assert_eq!(&file[at..at + 4], kind);
            assert!(at % 4 == 0 && at + length <= file.len());
        }
        let named = number(&file, 136);
        assert_eq!(
            file[named + 12..named + 12 + number(&file, named + 8)].iter().filter(|byte| **byte == 0).count(),
            1
        );
    }
}
