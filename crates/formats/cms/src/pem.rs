//! PEM: finding the blocks of a file that may hold a key, certificates and remarks in any order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::KeyError;

/// One block between BEGIN and END.
pub(crate) struct Block {
    pub(crate) label: String,
    /// The `DEK-Info` header: cipher and initialisation vector of the old way to protect a key.
    pub(crate) dek_info: Option<String>,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Whether a file looks like PEM.
pub(crate) fn is_pem(file: &[u8]) -> bool {
    file.windows(BEGIN.len()).any(|window| window == BEGIN)
}

const BEGIN: &[u8] = b"-----BEGIN ";

/// All blocks of a file in their order.
pub(crate) fn blocks(file: &[u8]) -> Result<Vec<Block>, KeyError> {
    let mut blocks = Vec::new();
    let mut lines = file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(b"-----")) else {
            continue;
        };
        let end = [b"-----END ".as_slice(), label, b"-----"].concat();
        let mut dek_info = None;
        let mut body = Zeroizing::new(Vec::with_capacity(file.len()));
        loop {
            let line = lines.next().ok_or(KeyError::Unreadable)?;
            if line == end {
                break;
            }
            if let Some(value) = line.strip_prefix(b"DEK-Info:") {
                dek_info = Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
            } else if !line.contains(&b':') {
                body.extend_from_slice(line);
            }
        }
        let mut der = Zeroizing::new(Vec::with_capacity(body.len()));
        STANDARD.decode_vec(&*body, &mut der).map_err(|_| KeyError::Unreadable)?;
        blocks.push(Block { label: String::from_utf8_lossy(label).into_owned(), dek_info, der });
    }
    Ok(blocks)
}
