//! A streaming reader of BER: definite and indefinite lengths, nested to a bounded depth, in a fixed buffer.

use std::io::{ErrorKind, Read};

use zeroize::Zeroizing;

use crate::CmsError;
use crate::der::{self, Der, tag};

/// Bytes taken from the source at a time.
const BUFFER: usize = 64 * 1024;

/// Tag and length of an element. No length means: until the matching end-of-contents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) tag: u8,
    pub(crate) length: Option<u64>,
}

/// An element that was entered and not yet left.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Where it ends, if its own length says so.
    end: Option<u64>,
    /// The position no element inside may pass: the nearest definite end of this frame or one around it.
    bound: u64,
}

/// How many bytes of elements may be held in memory, for all elements of a message together.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    left: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, left: limit }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), CmsError> {
        let too_large = CmsError::TooLarge { what: "header bytes", limit: self.limit as u64 };
        self.left = self.left.checked_sub(bytes).ok_or(too_large)?;
        Ok(())
    }
}

/// Reads elements one after the other, never holding more than its buffer.
#[derive(Debug)]
pub(crate) struct BerReader<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    position: u64,
    limit: u64,
    max_depth: usize,
    frames: Vec<Frame>,
}

impl<R: Read> BerReader<R> {
    /// Reads from `source`, at most `limit` bytes, entering at most `max_depth` elements into each other.
    pub(crate) fn new(source: R, limit: u64, max_depth: usize) -> Self {
        Self { source, buffer: vec![0; BUFFER], start: 0, end: 0, position: 0, limit, max_depth, frames: Vec::new() }
    }

    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The next byte without taking it, or `None` at the end of the source.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, CmsError> {
        Ok(self.available()?.first().copied())
    }

    /// Tag and length of the next element, which must fit into the element around it.
    pub(crate) fn header(&mut self) -> Result<Header, CmsError> {
        let tag = self.byte()?;
        // Tag 0 is end-of-contents, which only `leave` may take; no structure here has tags in the long form.
        if tag == 0 || tag & 0x1f == 0x1f {
            return Err(CmsError::Damaged);
        }
        let first = self.byte()?;
        let length = match first {
            0x80 if tag & tag::CONSTRUCTED == 0 => return Err(CmsError::Damaged),
            0x80 => None,
            0..0x80 => Some(u64::from(first)),
            _ => {
                let mut length: u64 = 0;
                for _ in 0..first & 0x7f {
                    if length >> 56 != 0 {
                        return Err(CmsError::Damaged);
                    }
                    length = (length << 8) | u64::from(self.byte()?);
                }
                Some(length)
            }
        };
        if let Some(length) = length
            && self.position.checked_add(length).is_none_or(|end| end > self.bound())
        {
            return Err(CmsError::Damaged);
        }
        Ok(Header { tag, length })
    }

    /// Reads the header of the next element, which must have this tag, and goes inside.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<(), CmsError> {
        let header = self.header()?;
        if header.tag != tag {
            return Err(CmsError::Damaged);
        }
        self.enter_header(header)
    }

    /// Goes inside an element whose header was just read.
    pub(crate) fn enter_header(&mut self, header: Header) -> Result<(), CmsError> {
        if self.frames.len() >= self.max_depth {
            return Err(CmsError::TooLarge { what: "nesting of elements", limit: self.max_depth as u64 });
        }
        let end = header.length.map(|length| self.position.saturating_add(length));
        let bound = end.unwrap_or_else(|| self.bound());
        self.frames.push(Frame { end, bound });
        Ok(())
    }

    /// Whether the element entered last has no more elements inside.
    pub(crate) fn at_end(&mut self) -> Result<bool, CmsError> {
        match self.frames.last().copied() {
            Some(Frame { end: Some(end), .. }) => Ok(self.position == end),
            Some(Frame { end: None, .. }) => self.peek()?.map(|byte| byte == 0).ok_or(CmsError::Damaged),
            None => Ok(self.peek()?.is_none()),
        }
    }

    /// Goes out of the element entered last, which must be used up.
    pub(crate) fn leave(&mut self) -> Result<(), CmsError> {
        match self.frames.last().copied() {
            Some(Frame { end: Some(end), .. }) if self.position == end => {}
            Some(Frame { end: None, .. }) if self.byte()? == 0 && self.byte()? == 0 => {}
            _ => return Err(CmsError::Damaged),
        }
        self.frames.pop();
        Ok(())
    }

    /// The tag of the next element inside the one entered last, or `None` if there is no more.
    pub(crate) fn next_tag(&mut self) -> Result<Option<u8>, CmsError> {
        if self.at_end()? { Ok(None) } else { self.peek() }
    }

    /// Takes some contents bytes into `destination`; at least one unless it is empty.
    pub(crate) fn read(&mut self, destination: &mut [u8]) -> Result<usize, CmsError> {
        if self.start == self.end && destination.len() >= BUFFER {
            let read = read_some(&mut self.source, destination)?;
            return self.advance(read);
        }
        let available = self.available()?;
        let count = available.len().min(destination.len());
        if let (Some(to), Some(from)) = (destination.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.start += count;
        self.advance(count)
    }

    /// The next element with all its inside, turned into definite lengths and with OCTET STRINGs joined.
    pub(crate) fn element(&mut self, budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, CmsError> {
        let header = self.header()?;
        let mut out = Zeroizing::new(Vec::new());
        self.collect(header, budget, &mut out)?;
        Ok(out)
    }

    fn collect(&mut self, header: Header, budget: &mut Budget, out: &mut Zeroizing<Vec<u8>>) -> Result<(), CmsError> {
        budget.spend(2)?;
        let mut contents = Zeroizing::new(Vec::new());
        let mut out_tag = header.tag;
        if header.tag & tag::CONSTRUCTED == 0 {
            let length = usize::try_from(header.length.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
            budget.spend(length)?;
            // Grows with what really comes: a short message that claims much must not cost much memory.
            let mut remaining = length;
            let mut piece = Zeroizing::new([0; 1024]);
            while remaining > 0 {
                let wanted = remaining.min(piece.len());
                let read = self.read(piece.get_mut(..wanted).unwrap_or_default())?;
                contents.extend_from_slice(piece.get(..read).unwrap_or_default());
                remaining -= read;
            }
        } else {
            self.enter_header(header)?;
            while !self.at_end()? {
                let child = self.header()?;
                self.collect(child, budget, &mut contents)?;
            }
            self.leave()?;
            if header.tag == tag::CONSTRUCTED_OCTET_STRING {
                out_tag = tag::OCTET_STRING;
                contents = join_octet_strings(&contents)?;
            }
        }
        out.push(out_tag);
        out.extend(der::length(contents.len() as u64));
        out.extend_from_slice(&contents);
        Ok(())
    }

    fn bound(&self) -> u64 {
        self.frames.last().map_or(u64::MAX, |frame| frame.bound)
    }

    fn byte(&mut self) -> Result<u8, CmsError> {
        let byte = self.peek()?.ok_or(CmsError::Damaged)?;
        self.start += 1;
        self.advance(1)?;
        Ok(byte)
    }

    /// Counts bytes that were taken; nothing taken means that the source ended too early.
    fn advance(&mut self, count: usize) -> Result<usize, CmsError> {
        if count == 0 {
            return Err(CmsError::Damaged);
        }
        self.position += count as u64;
        if self.position > self.limit {
            return Err(CmsError::TooLarge { what: "message bytes", limit: self.limit });
        }
        if self.position > self.bound() {
            return Err(CmsError::Damaged);
        }
        Ok(count)
    }

    fn available(&mut self) -> Result<&[u8], CmsError> {
        if self.start == self.end {
            self.start = 0;
            self.end = read_some(&mut self.source, &mut self.buffer)?;
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }
}

/// Contents of an OCTET STRING that may come in pieces, in pieces of pieces, or as one.
#[derive(Debug)]
pub(crate) struct Segments {
    outer_depth: usize,
    remaining: u64,
    done: bool,
}

impl Segments {
    /// Begins at an element `[0] IMPLICIT OCTET STRING`.
    pub(crate) fn enter<R: Read>(reader: &mut BerReader<R>) -> Result<Self, CmsError> {
        let outer_depth = reader.depth();
        let header = reader.header()?;
        if header.tag == tag::context(0) {
            let remaining = header.length.ok_or(CmsError::Damaged)?;
            return Ok(Self { outer_depth, remaining, done: remaining == 0 });
        }
        if header.tag != tag::context_constructed(0) {
            return Err(CmsError::Damaged);
        }
        reader.enter_header(header)?;
        Ok(Self { outer_depth, remaining: 0, done: false })
    }

    /// Fills `destination` unless the contents end before; the count is short only then.
    pub(crate) fn fill<R: Read>(
        &mut self,
        reader: &mut BerReader<R>,
        destination: &mut [u8],
    ) -> Result<usize, CmsError> {
        let mut filled = 0;
        while !self.done && filled < destination.len() {
            if self.remaining == 0 {
                self.next_segment(reader)?;
                continue;
            }
            let wanted = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(destination.len() - filled);
            let read = reader.read(destination.get_mut(filled..filled + wanted).unwrap_or_default())?;
            filled += read;
            self.remaining -= read as u64;
            self.done = self.remaining == 0 && reader.depth() == self.outer_depth;
        }
        Ok(filled)
    }

    fn next_segment<R: Read>(&mut self, reader: &mut BerReader<R>) -> Result<(), CmsError> {
        if reader.at_end()? {
            reader.leave()?;
            self.done = reader.depth() == self.outer_depth;
            return Ok(());
        }
        let header = reader.header()?;
        match (header.tag, header.length) {
            (tag::OCTET_STRING, Some(length)) => self.remaining = length,
            (tag::CONSTRUCTED_OCTET_STRING, _) => reader.enter_header(header)?,
            _ => return Err(CmsError::Damaged),
        }
        Ok(())
    }
}

/// Turns a structure held in memory into definite lengths; nothing may follow it.
pub(crate) fn normalise(bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, der::Malformed> {
    const MAX_DEPTH: usize = 32;
    let mut reader = BerReader::new(bytes, bytes.len() as u64, MAX_DEPTH);
    let mut budget = Budget::new(bytes.len());
    let element = reader.element(&mut budget).map_err(|_| der::Malformed)?;
    match reader.peek() {
        Ok(None) => Ok(element),
        _ => Err(der::Malformed),
    }
}

fn join_octet_strings(pieces: &[u8]) -> Result<Zeroizing<Vec<u8>>, CmsError> {
    let mut joined = Zeroizing::new(Vec::with_capacity(pieces.len()));
    let mut pieces = Der::new(pieces);
    while !pieces.is_empty() {
        joined.extend_from_slice(pieces.take(tag::OCTET_STRING).map_err(|_| CmsError::Damaged)?);
    }
    Ok(joined)
}

fn read_some<R: Read>(source: &mut R, buffer: &mut [u8]) -> Result<usize, CmsError> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(message: &[u8]) -> Result<Vec<u8>, CmsError> {
        let mut reader = BerReader::new(message, 1 << 20, 8);
        let mut segments = Segments::enter(&mut reader)?;
        let mut buffer = [0; 64];
        let count = segments.fill(&mut reader, &mut buffer)?;
        assert!(reader.at_end()?, "everything was read");
        Ok(buffer[..count].to_vec())
    }

    #[test]
    fn contents_are_the_same_in_every_form_of_an_octet_string() {
        let forms: [&[u8]; 7] = [
            &[0x80, 3, 1, 2, 3],
            &[0x80, 0x83, 0, 0, 3, 1, 2, 3],
            &[0xa0, 7, 4, 1, 1, 4, 2, 2, 3],
            &[0xa0, 0x80, 4, 1, 1, 4, 2, 2, 3, 0, 0],
            &[0xa0, 0x80, 4, 0, 0x24, 3, 4, 1, 1, 0x24, 0x80, 4, 2, 2, 3, 0, 0, 0, 0],
            &[0xa0, 9, 0x24, 0x80, 4, 3, 1, 2, 3, 0, 0],
            &[0xa0, 0x80, 0x24, 0x80, 0x24, 0x80, 4, 3, 1, 2, 3, 0, 0, 0, 0, 4, 0, 0, 0],
        ];
        for form in forms {
            assert_eq!(contents(form).unwrap(), [1, 2, 3], "{form:x?}");
        }
        assert_eq!(contents(&[0x80, 0]).unwrap(), []);
        assert_eq!(contents(&[0xa0, 0x80, 0, 0]).unwrap(), []);
    }

    #[test]
    fn broken_forms_are_damaged() {
        let forms: [&[u8]; 8] = [
            &[0x80, 3, 1, 2],
            &[0x80, 0x80, 1, 2, 0, 0],
            &[0xa0, 4, 4, 3, 1, 2, 3],
            &[0xa0, 0x80, 4, 1, 1, 0, 1],
            &[0xa0, 0x80, 5, 0, 0, 0],
            &[0xa0, 0x80, 4, 1, 1],
            &[0xa0, 5, 0x24, 0x80, 4, 1, 1, 0, 0],
            &[0x80, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3],
        ];
        for form in forms {
            assert!(matches!(contents(form), Err(CmsError::Damaged)), "{form:x?}");
        }
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused_without_recursion_growing() {
        let deep: Vec<u8> = [0xa0, 0x80].into_iter().chain([0x24, 0x80].into_iter().cycle().take(100_000)).collect();
        assert!(matches!(contents(&deep), Err(CmsError::TooLarge { limit: 8, .. })));
    }

    #[test]
    fn a_header_that_claims_much_is_refused_by_its_budget() {
        let mut reader = BerReader::new(&[4, 0x84, 0x7f, 0xff, 0xff, 0xff, 1][..], 1 << 40, 8);
        assert!(matches!(reader.element(&mut Budget::new(1000)), Err(CmsError::TooLarge { limit: 1000, .. })));
    }

    #[test]
    fn indefinite_structures_become_definite() {
        let element = [0x30, 0x80, 0x24, 0x80, 4, 1, 1, 4, 1, 2, 0, 0, 2, 1, 5, 0, 0];
        assert_eq!(*normalise(&element).unwrap(), [0x30, 7, 4, 2, 1, 2, 2, 1, 5]);
        assert!(normalise(&[0x30, 0, 0]).is_err());
    }
}
