//! What can go wrong with a real connection, and what our SvarUt makes of it.

use std::time::Duration;

use sakarkiv_core::{
    delivery::Reference,
    ports::{Channel, PortError, PortErrorKind},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_svarut::SvarUtChannel;
use sakarkiv_testkit::{
    conformance::company,
    simulators::{Fault, Server, Target, When, serve},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    outside::{Outbox, Outside, PROVEDAL, account, monday},
    svarut_channel::sockets,
};

/// Our SvarUt before a SvarUt at `svarut`, with tokens from a socket too.
struct Wire {
    outside: Outside,
    channel: SvarUtChannel,
    outbox: Outbox,
    _maskinporten: Server,
}

impl Wire {
    async fn to(outside: Outside, svarut: &str) -> Self {
        let maskinporten = serve(outside.maskinporten.router()).await.unwrap();
        let channel = outside.channel_over(&PROVEDAL, sockets(), (svarut, &maskinporten.url));
        Self { outside, channel, outbox: Outbox::new(), _maskinporten: maskinporten }
    }

    /// Sends a letter of so many bytes to the inbox of a company.
    async fn send(&mut self, bytes: usize) -> (Reference, Result<(), PortError>) {
        let mut content = b"%PDF-1.7 ".to_vec();
        content.resize(bytes, b'x');
        let to = (company(0), SensitivityClass::Open, MailboxKind::OrganisationInbox);
        let dispatch = self.outbox.letter(to, &content, |_| ()).await;
        let reference = dispatch.reference.clone();
        (reference, self.channel.send(&account("byplan"), dispatch).await.map(drop))
    }
}

fn outside() -> Outside {
    Outside::new(monday(), &[PROVEDAL])
}

/// A server that treats each connection as `habit` says.
async fn odd_server<F>(habit: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(habit(stream));
        }
    });
    url
}

/// Reads a request as far as the end of a form.
async fn read_form(stream: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    while !seen.ends_with(b"--\r\n") && !seen.ends_with(b"0\r\n\r\n") {
        let read = stream.read(&mut piece).await.unwrap_or(0);
        if read == 0 {
            break;
        }
        seen.extend_from_slice(&piece[..read]);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_letter_was_taken_leaves_one_letter_that_can_be_found() {
    let outside = outside();
    let server = serve(outside.svarut.router()).await.unwrap();
    let mut wire = Wire::to(outside, &server.url).await;
    for (fault, taken) in [(Fault::DropAfter, 1), (Fault::DropBefore, 0)] {
        wire.outside.svarut.faults().arm(Target::Sends, When::Next(1), fault.clone());
        let (reference, outcome) = wire.send(200_000).await;
        assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Unknown, "{fault:?}");
        let found = wire.channel.find(&account("byplan"), &reference).await.unwrap();
        assert_eq!(found.len(), taken, "{fault:?}");
        assert_eq!(wire.outside.svarut.effective_count(reference.as_str()), taken, "{fault:?}");
    }
}

#[tokio::test]
async fn half_closed_and_half_said_answers_do_not_tell_whether_the_letter_left() {
    let habits: [(&str, &[u8]); 6] = [
        ("nothing", b""),
        ("half a head", b"HTTP/1.1 200 OK\r\nContent-Len"),
        ("less than announced", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"0f9f"),
        ("chunks without an end", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"\r\n"),
        ("no HTTP", b"220 smtp ready\r\n"),
        ("an empty success", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ];
    for (habit, said) in habits {
        let url = odd_server(move |mut stream| async move {
            read_form(&mut stream).await;
            // Their half of the connection is closed; ours stays open until we give up by ourselves.
            let _written = stream.write_all(said).await;
            let _closed = stream.shutdown().await;
            let mut rest = Vec::new();
            let _ended = stream.read_to_end(&mut rest).await;
        })
        .await;
        let (_, outcome) = Wire::to(outside(), &url).await.send(1000).await;
        assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Unknown, "{habit}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_middle_of_the_documents_may_have_them() {
    let url = odd_server(|mut stream| async move {
        let mut beginning = [0; 2048];
        let _read = stream.read(&mut beginning).await;
    })
    .await;
    let (_, outcome) = Wire::to(outside(), &url).await.send(8 << 20).await;
    assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Unknown);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let server = serve(outside().svarut.router()).await.unwrap();
    let url = server.url.clone();
    server.stop().await;
    let (_, outcome) = Wire::to(outside(), &url).await.send(1000).await;
    assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Transient);
}

#[tokio::test]
async fn an_answer_that_comes_after_our_time_is_over_is_not_waited_for() {
    let outside = outside();
    let server = serve(outside.svarut.router()).await.unwrap();
    let mut wire = Wire::to(outside.clone(), &server.url).await;
    wire.outside.svarut.faults().arm(Target::Sends, When::Next(1), Fault::StallAfter(Duration::from_secs(3600)));
    let wait = async {
        while outside.svarut.stalled() == 0 {
            tokio::task::yield_now().await;
        }
        outside.clock.advance(Duration::from_secs(16 * 60));
    };
    let ((reference, outcome), ()) = tokio::join!(wire.send(1000), wait);
    assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Unknown);
    assert_eq!(wire.outside.svarut.effective_count(reference.as_str()), 1);
}
