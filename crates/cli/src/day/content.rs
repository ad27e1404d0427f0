//! The bytes of the day's documents: made from a seed, so that the director and the office make the same ones.

use sakarkiv::core::document::ContentHash;

use super::random::Random;

/// A document that begins and ends as a PDF does, of about `size` bytes, nowhere repeating itself.
pub(crate) fn pdf(seed: u64, size: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = b"%PDF-1.7\n".to_vec();
    while bytes.len() + END.len() < size {
        bytes.extend(format!("{:016x}\n", random.next()).into_bytes());
    }
    bytes.extend_from_slice(END);
    bytes
}

/// Each document of a letter or mail, in order.
pub(crate) fn documents(seed: u64, sizes: &[usize]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    sizes.iter().zip(0_u64..).map(move |(size, n)| {
        let name = if n == 0 { "brev.pdf".to_owned() } else { format!("vedlegg-{n}.pdf") };
        (name, pdf(seed.wrapping_add(n), *size))
    })
}

/// The hashes of those documents, in order.
pub(crate) fn hashes(seed: u64, sizes: &[usize]) -> Vec<ContentHash> {
    documents(seed, sizes).map(|(_, bytes)| ContentHash::of(&bytes)).collect()
}

const END: &[u8] = b"%%EOF\n";
