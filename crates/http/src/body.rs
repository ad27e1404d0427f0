use std::{error::Error, fmt};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};
use thiserror::Error;

/// Why a body ended before its end. Carries no content.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The connection broke, or whoever produced the bytes failed.
    #[error("the body broke off before its end")]
    Broken(#[source] Box<dyn Error + Send + Sync>),
    /// The body has more bytes than the reader takes.
    #[error("the body is longer than the limit of {limit} bytes; raise the limit if such answers are expected")]
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The body has another length than was announced for it.
    #[error("the body has another length than the {announced} bytes announced for it; check what produces it")]
    Length {
        /// The announced length, in bytes.
        announced: u64,
    },
}

impl BodyError {
    /// A break with a cause of any kind.
    #[must_use]
    pub fn broken(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Broken(cause.into())
    }
}

/// The chunks of a body.
pub type BodyStream = BoxStream<'static, Result<Bytes, BodyError>>;

/// A request or response body as a stream of chunks, so that a document passes through without ever being in memory as a
/// whole. The exact length travels along when it is known: it becomes `Content-Length`, otherwise the request is chunked.
///
/// ```
/// use sakarkiv_http::Body;
///
/// let body = Body::from("hei");
/// assert_eq!(body.exact_length(), Some(3));
/// let bytes = futures_util::FutureExt::now_or_never(body.collect_limited(10)).and_then(Result::ok);
/// assert_eq!(bytes.as_deref(), Some(&b"hei"[..]));
/// ```
pub struct Body {
    stream: BodyStream,
    length: Option<u64>,
}

impl Body {
    /// No bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self { stream: stream::empty().boxed(), length: Some(0) }
    }

    /// Bytes as they come, of unknown number.
    #[must_use]
    pub fn from_stream(stream: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static) -> Self {
        Self { stream: stream.boxed(), length: None }
    }

    /// Bytes as they come, `length` in all. A stream that yields another number ends with [`BodyError::Length`].
    #[must_use]
    pub fn from_sized_stream(
        stream: impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static,
        length: u64,
    ) -> Self {
        Self { stream: checked_length(stream.boxed(), length).boxed(), length: Some(length) }
    }

    /// How many bytes there will be, when that is known beforehand.
    #[must_use]
    pub const fn exact_length(&self) -> Option<u64> {
        self.length
    }

    /// The chunks.
    #[must_use]
    pub fn into_stream(self) -> BodyStream {
        self.stream
    }

    /// All bytes in memory, at most `limit` of them.
    ///
    /// # Errors
    /// [`BodyError::TooLong`] for a longer body, before more than `limit` bytes are held; the stream's own error.
    pub async fn collect_limited(self, limit: u64) -> Result<Bytes, BodyError> {
        if self.length.is_some_and(|length| length > limit) {
            return Err(BodyError::TooLong { limit });
        }
        let mut stream = self.stream;
        let mut whole = BytesMut::new();
        while let Some(chunk) = stream.try_next().await? {
            if size(&chunk) > limit.saturating_sub(size(&whole)) {
                return Err(BodyError::TooLong { limit });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        let length = size(&bytes);
        Self { stream: stream::once(async move { Ok(bytes) }).boxed(), length: Some(length) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::from(Bytes::from_static(text.as_bytes()))
    }
}

fn size(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Passes chunks on and holds them to the announced length: a request that is short or long would otherwise corrupt the
/// connection, or be read as complete.
fn checked_length(stream: BodyStream, announced: u64) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    let start = Some((stream, announced));
    stream::unfold(start, move |state| async move {
        let (mut stream, left) = state?;
        match stream.next().await {
            Some(Ok(chunk)) => match left.checked_sub(size(&chunk)) {
                Some(left) => Some((Ok(chunk), Some((stream, left)))),
                None => Some((Err(BodyError::Length { announced }), None)),
            },
            Some(Err(error)) => Some((Err(error), None)),
            None if left > 0 => Some((Err(BodyError::Length { announced }), None)),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, BodyError>> + Send + 'static {
        stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
    }

    fn collect(body: Body, limit: u64) -> Result<Bytes, BodyError> {
        body.collect_limited(limit).now_or_never().unwrap()
    }

    #[test]
    fn a_body_is_read_up_to_the_limit_and_no_further() {
        assert_eq!(collect(Body::from_stream(chunks(&["ab", "cd"])), 4).unwrap(), "abcd");
        assert!(matches!(collect(Body::from_stream(chunks(&["ab", "cd"])), 3), Err(BodyError::TooLong { limit: 3 })));
        assert!(matches!(collect(Body::from("abcd"), 3), Err(BodyError::TooLong { limit: 3 })));
        assert_eq!(collect(Body::empty(), 0).unwrap(), "");
    }

    #[test]
    fn a_stream_that_is_not_as_long_as_announced_ends_with_an_error() {
        assert_eq!(collect(Body::from_sized_stream(chunks(&["ab", "cd"]), 4), 9).unwrap(), "abcd");
        for announced in [3, 5] {
            let outcome = collect(Body::from_sized_stream(chunks(&["ab", "cd"]), announced), 9);
            assert!(matches!(outcome, Err(BodyError::Length { .. })), "{announced}: {outcome:?}");
        }
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", Body::from("hemmelig")), "Body { length: Some(8), .. }");
    }
}
