//! The same over a real socket.

use sakarkiv_testkit::simulators::{Fault, Operation, When, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::support::{INTEGRATION, Letter, SENDER, World};

/// Writes one request and reads until the server closes.
async fn exchange(url: &str, world: &World, letter: &Letter) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let body = letter.body();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {}\r\nIntegrasjonId: {INTEGRATION}\r\n\
         IntegrasjonPassord: hemmelig\r\nContent-Type: multipart/form-data; boundary=snitt\r\nContent-Length: {}\r\n\r\n",
        letter.path,
        world.maskinporten.token_for(SENDER),
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
    let mut answer = Vec::new();
    // A connection that was cut may end with a reset: what came before it is all there is.
    let _ended = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_letter_goes_through_a_socket_and_a_fault_really_cuts_the_connection() {
    let world = World::new();
    let server = serve(world.svarut.router()).await.unwrap();
    let answer = exchange(&server.url, &world, &Letter::to_person()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    for (fault, effective) in [(Fault::DropBefore, 1), (Fault::DropAfter, 2)] {
        world.svarut.faults().arm(Operation::SendPerson, When::Next(1), fault);
        assert_eq!(exchange(&server.url, &world, &Letter::to_person()).await, "", "not a byte of an answer");
        assert_eq!(world.svarut.effective_count("sak-2026-000417-jp-3"), effective);
    }
    let url = server.url.clone();
    server.stop().await;
    assert!(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.is_err());
}
