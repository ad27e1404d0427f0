use std::{
    collections::VecDeque,
    future::pending,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy},
};
use sakarkiv_http::{Body, HttpError, HttpService};

/// A clock that a test sets. Sleeping either never ends or ends soon.
#[derive(Debug)]
pub struct TestClock {
    now: Mutex<Timestamp>,
    sleep_ends: bool,
}

impl TestClock {
    pub fn still() -> Self {
        Self { now: Mutex::new(Timestamp::from_timestamp(1_789_459_200, 0).unwrap()), sleep_ends: false }
    }

    pub fn hurrying() -> Self {
        Self { sleep_ends: true, ..Self::still() }
    }

    pub fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep_until(&self, _moment: Timestamp) {
        if !self.sleep_ends {
            pending::<()>().await;
        }
        // Whatever can happen before the time is over gets its turn first.
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
}

/// Counts up, so that whatever is random differs and is known.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// What the other side does with one request.
#[derive(Debug)]
pub enum Reply {
    Answer(Response<Body>),
    NoConnection,
    LostAnswer,
    Silence,
}

/// What was sent, read whole.
#[derive(Debug)]
pub struct Seen {
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// A service with a queue of replies. A request that nobody expected fails the test.
#[derive(Debug, Default)]
pub struct Canned {
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
}

impl Canned {
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self { replies: Mutex::new(replies.into_iter().collect()), seen: Mutex::default() }
    }

    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

#[async_trait]
impl HttpService for Canned {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let body = body.collect_limited(1 << 20).await.map_err(HttpError::interrupted)?;
        self.seen.lock().unwrap().push(Seen { uri: head.uri, headers: head.headers, body });
        // An await between request and answer, so that concurrent callers really meet.
        tokio::task::yield_now().await;
        let reply = self.replies.lock().unwrap().pop_front().expect("a request that the test did not expect");
        match reply {
            Reply::Answer(response) => Ok(response),
            Reply::NoConnection => Err(HttpError::connect("refused")),
            Reply::LostAnswer => Err(HttpError::interrupted("reset")),
            Reply::Silence => pending().await,
        }
    }
}

pub fn answer(status: u16, body: impl Into<Body>) -> Reply {
    Reply::Answer(Response::builder().status(status).body(body.into()).unwrap())
}
