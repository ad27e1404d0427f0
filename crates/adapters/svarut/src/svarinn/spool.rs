//! Files without a name, between the network and the store. They vanish with their handle, whatever happens.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::ports::{ByteStream, PortError, PortErrorKind};
use sakarkiv_http::Body;
use tokio::runtime::Handle;

use super::opening::Fault;

/// Does blocking work where blocking is allowed: beside the runtime, or right here when there is none.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    match Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn_blocking(work).await.map_err(|_| Fault::Interrupted("the program is shutting down"))
        }
        Err(_) => Ok(work()),
    }
}

/// A new file without a name.
pub(super) fn new_file(folder: Option<&Path>) -> Result<File, Fault> {
    folder.map_or_else(tempfile::tempfile, tempfile::tempfile_in).map_err(Fault::Spool)
}

/// Writes a body of at most `limit` bytes to a file, which is handed back at its beginning.
pub(super) async fn download(body: Body, announced: Option<u64>, mut file: File, limit: u64) -> Result<File, Fault> {
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut chunks = body.into_stream();
    let mut waiting = BytesMut::new();
    let mut received = 0_u64;
    while let Some(chunk) = chunks.try_next().await.map_err(|_| Fault::Interrupted("the download broke off"))? {
        received = received.saturating_add(chunk.len() as u64);
        if received > limit {
            return Err(too_large(limit));
        }
        waiting.extend_from_slice(&chunk);
        if waiting.len() >= PIECE {
            file = write(file, waiting.split().freeze()).await?;
        }
    }
    if announced.is_some_and(|length| length != received) {
        return Err(Fault::Interrupted("the download is shorter or longer than announced"));
    }
    file = write(file, waiting.freeze()).await?;
    blocking(move || file.rewind().map(|()| file)).await?.map_err(Fault::Spool)
}

async fn write(mut file: File, piece: Bytes) -> Result<File, Fault> {
    blocking(move || file.write_all(&piece).map(|()| file)).await?.map_err(Fault::Spool)
}

fn too_large(limit: u64) -> Fault {
    Fault::Broken(format!("the download is larger than the limit of {limit} bytes"))
}

/// A part of a file as a stream. Several may be read from one file, in any order: each finds its own place.
pub(super) fn part(file: Arc<Mutex<File>>, offset: u64, length: u64) -> ByteStream {
    let end = offset.saturating_add(length);
    let state = Some((file, offset));
    stream::unfold(state, move |state| async move {
        let (file, at) = state.filter(|(_, at)| *at < end)?;
        let reading = Arc::clone(&file);
        let piece = blocking(move || read(&reading, at, end)).await.and_then(|read| read.map_err(Fault::Spool));
        match piece {
            Ok(piece) => {
                let next = at.saturating_add(piece.len() as u64);
                Some((Ok(piece), Some((file, next))))
            }
            Err(_) => {
                let detail = "the spool file cannot be read";
                Some((Err(PortError::new(PortErrorKind::Transient, "svarinn.fetch", detail)), None))
            }
        }
    })
    .boxed()
}

fn read(file: &Mutex<File>, at: u64, end: u64) -> io::Result<Bytes> {
    let length = usize::try_from(end.saturating_sub(at)).map_or(PIECE, |left| left.min(PIECE));
    let mut piece = vec![0; length];
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut piece)?;
    Ok(piece.into())
}

/// What is read or written at a time. Fewer, larger pieces, as each takes a trip to another thread.
const PIECE: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn chunks(sizes: &[usize]) -> Body {
        let chunks = sizes.iter().map(|size| Ok(Bytes::from(vec![7; *size]))).collect::<Vec<_>>();
        Body::from_stream(stream::iter(chunks))
    }

    fn downloaded(body: Body, announced: Option<u64>, limit: u64) -> Result<u64, Fault> {
        let file = download(body, announced, new_file(None)?, limit).now_or_never().unwrap()?;
        Ok(file.metadata().unwrap().len())
    }

    #[test]
    fn a_download_is_taken_up_to_the_limit() {
        let sizes = [1, 0, PIECE, 3];
        let total = PIECE as u64 + 4;
        assert_eq!(downloaded(chunks(&sizes), None, total).ok(), Some(total));
        assert!(matches!(downloaded(chunks(&sizes), None, total - 1), Err(Fault::Broken(_))));
        assert!(matches!(downloaded(chunks(&[]), Some(9), 8), Err(Fault::Broken(_))));
    }

    #[test]
    fn a_download_of_another_length_than_announced_is_taken_up_again_later() {
        for announced in [9, 11] {
            assert!(
                matches!(downloaded(chunks(&[10]), Some(announced), 99), Err(Fault::Interrupted(_))),
                "{announced}"
            );
        }
    }

    #[test]
    fn parts_of_one_file_do_not_disturb_each_other() {
        let mut file = new_file(None).unwrap_or_else(|_| panic!());
        let content = (0..=250_u8).cycle().take(PIECE * 2 + 5).collect::<Vec<_>>();
        file.write_all(&content).unwrap();
        let file = Arc::new(Mutex::new(file));
        let mut whole = part(Arc::clone(&file), 0, content.len() as u64);
        let mut tail = part(Arc::clone(&file), 10, 3);
        let mut read = Vec::new();
        read.extend(whole.next().now_or_never().unwrap().unwrap().unwrap());
        assert_eq!(tail.next().now_or_never().unwrap().unwrap().unwrap(), content[10..13]);
        assert!(tail.next().now_or_never().unwrap().is_none());
        while let Some(piece) = whole.next().now_or_never().unwrap() {
            read.extend(piece.unwrap());
        }
        assert!(read == content);
    }

    #[test]
    fn a_file_that_is_shorter_than_it_was_ends_with_an_error() {
        let file = Arc::new(Mutex::new(new_file(None).unwrap_or_else(|_| panic!())));
        let mut stream = part(file, 0, 1);
        assert!(stream.next().now_or_never().unwrap().unwrap().is_err());
        assert!(stream.next().now_or_never().unwrap().is_none());
    }
}
