//! The typeface that goes into every file: DejaVu Sans, cut down to what the page's encoding can say. Its licence lies beside it,
//! and in it.

/// The file of the typeface (TrueType).
pub(super) const FILE: &[u8] = include_bytes!("typeface.ttf");
/// Its name in a file, with the mark of a typeface that was cut down.
pub(super) const NAME: &str = "SAKARK+DejaVuSans";
/// What else a reader of the file has to know of it, in thousandths of its size: the box around all characters, how far they
/// rise and fall, and the height of capitals.
pub(super) const METRICS: &str =
    "/FontBBox [-1021 -463 1793 1232] /ItalicAngle 0 /Ascent 928 /Descent -236 /CapHeight 729 /StemV 80";
/// The first code of the page's encoding (WinAnsi) that has a width.
pub(super) const FIRST_CODE: u8 = 32;

/// A character in the page's encoding; `?` for what it does not have.
pub(super) fn code(c: char) -> u8 {
    match c {
        '–' => 0x96,
        '’' => 0x92,
        _ => u8::try_from(u32::from(c)).ok().filter(|code| matches!(code, 32..=126 | 160..=255)).unwrap_or(b'?'),
    }
}

/// How wide a character is, in thousandths of the typeface's size.
pub(super) fn width(code: u8) -> u32 {
    let place = usize::from(code.saturating_sub(FIRST_CODE));
    WIDTHS.get(place).copied().map_or(0, u32::from)
}

/// Of each code from the first one on; nothing for a code that is never written.
#[rustfmt::skip]
pub(super) const WIDTHS: [u16; 224] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 318, 0, 0, 0, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    318, 401, 636, 636, 636, 636, 337, 500, 500, 1000, 471, 612, 838, 361, 1000, 500,
    500, 838, 401, 401, 500, 636, 636, 318, 500, 401, 471, 612, 969, 969, 969, 531,
    684, 684, 684, 684, 684, 684, 974, 698, 632, 632, 632, 632, 295, 295, 295, 295,
    775, 748, 787, 787, 787, 787, 787, 838, 787, 732, 732, 732, 732, 611, 605, 630,
    613, 613, 613, 613, 613, 613, 982, 550, 615, 615, 615, 615, 278, 278, 278, 278,
    612, 634, 612, 612, 612, 612, 612, 838, 612, 634, 634, 634, 634, 592, 635, 592,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn number(at: usize, bytes: usize) -> usize {
        FILE[at..at + bytes].iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    /// Where a table of the typeface's file begins.
    fn table(tag: &[u8; 4]) -> usize {
        let records = (0..number(4, 2)).map(|nth| 12 + 16 * nth);
        records.into_iter().find(|at| &FILE[*at..at + 4] == tag).map(|at| number(at + 8, 4)).unwrap()
    }

    /// The glyph of a character by the table for Windows, which is what readers of the file go by.
    fn glyph(character: usize) -> usize {
        let cmap = table(b"cmap");
        let windows = (0..number(cmap + 2, 2)).map(|nth| cmap + 4 + 8 * nth);
        let at = windows.into_iter().find(|at| (number(*at, 2), number(at + 2, 2)) == (3, 1)).unwrap();
        let map = cmap + number(at + 4, 4);
        let segments = number(map + 6, 2) / 2;
        let (ends, starts) = (map + 14, map + 16 + 2 * segments);
        let nth = (0..segments).find(|nth| number(ends + 2 * nth, 2) >= character).unwrap();
        let start = number(starts + 2 * nth, 2);
        if start > character {
            return 0;
        }
        let delta = number(starts + 2 * (segments + nth), 2);
        let offset_at = starts + 2 * (2 * segments + nth);
        match number(offset_at, 2) {
            0 => (character + delta) & 0xffff,
            offset => number(offset_at + offset + 2 * (character - start), 2),
        }
    }

    #[test]
    fn every_character_that_is_written_is_in_the_typeface_as_wide_as_is_said() {
        let metrics = number(table(b"hhea") + 34, 2);
        for code in (32..=126).chain([0x92, 0x96]).chain(160..=255_u8) {
            // By the encoding, which has two blanks and two hyphens.
            let character = match code {
                0x92 => 0x2019,
                0x96 => 0x2013,
                160 => 32,
                173 => 45,
                other => usize::from(other),
            };
            let glyph = glyph(character);
            assert_ne!(glyph, 0, "{code} is missing");
            let advance = number(table(b"hmtx") + 4 * glyph.min(metrics - 1), 2);
            let thousandths = (advance * 1000 + 1024) / number(table(b"head") + 18, 2);
            assert_eq!(usize::try_from(width(code)).unwrap(), thousandths, "{code}");
        }
    }

    #[test]
    fn what_the_encoding_does_not_have_is_a_question_mark() {
        let codes: Vec<u8> = "aå–’漢\u{7f}\u{85}€".chars().map(code).collect();
        assert_eq!(codes, [b'a', 0xe5, 0x96, 0x92, b'?', b'?', b'?', b'?']);
    }

    #[test]
    fn its_licence_travels_with_it() {
        let wanted: Vec<u8> = "Copyright (c) 2003 by Bitstream".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(FILE.windows(wanted.len()).any(|window| window == wanted));
    }
}
