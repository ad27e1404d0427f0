//! Between files and streams, beside the runtime.

use std::{
    fs::File,
    io::{self, Read as _},
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use sakarkiv_core::ports::{ByteStream, PortError, PortErrorKind};
use tokio::runtime::Handle;

/// Does blocking work where blocking is allowed: beside the runtime, or right here when there is none.
///
/// # Errors
/// `Transient` when the program is shutting down.
pub async fn blocking<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PortError> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.map_err(|_| {
            PortError::new(PortErrorKind::Transient, operation, "the work was broken off: the program is shutting down")
        }),
        Err(_) => Ok(work()),
    }
}

/// The bytes of a file from where it stands, in pieces.
#[must_use]
pub fn file_stream(operation: &'static str, file: File) -> ByteStream {
    stream::unfold(Some(file), move |file| async move {
        let mut file = file?;
        let read = blocking(operation, move || {
            let mut piece = vec![0; PIECE];
            let read = read_some(&mut file, &mut piece);
            (
                file,
                read.map(|length| {
                    piece.truncate(length);
                    Bytes::from(piece)
                }),
            )
        })
        .await;
        match read {
            Ok((_, Ok(piece))) if piece.is_empty() => None,
            Ok((file, Ok(piece))) => Some((Ok(piece), Some(file))),
            Ok((_, Err(error))) => {
                let detail = "a file of the delivery cannot be read";
                Some((Err(PortError::new(PortErrorKind::Transient, operation, detail).with_source(error)), None))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

/// Reads once, over interruptions.
fn read_some(file: &mut File, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

/// One piece.
const PIECE: usize = 128 * 1024;
