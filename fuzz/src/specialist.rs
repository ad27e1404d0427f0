//! What specialist systems send: XML, Fiks Arkiv messages, GeoIntegrasjon calls.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, Handled, Incoming, MemoryTransport, MessageKind};
use sakarkiv_geointegrasjon::{GeoIntegrasjon, GeoIntegrasjonSettings};
use sakarkiv_xml::{Limits, parse};
use uuid::Uuid;

use crate::{
    closed_desk::ClosedDesk,
    other_side::{Counting, Still},
    wait,
};

/// Any XML.
pub fn xml(data: &[u8]) {
    let limits = Limits::default().with_bytes(1 << 20);
    if let Ok(root) = parse(data, &limits) {
        assert!(!root.name().is_empty());
        assert_eq!(parse(data, &limits).as_ref(), Ok(&root), "the same bytes gave another tree");
    }
}

/// A Fiks Arkiv message: the first byte chooses its kind, the rest is its file.
pub fn fiks_message(data: &[u8]) {
    let Some((kind, content)) = data.split_first() else { return };
    let requests: Vec<&MessageKind> = MessageKind::ALL.iter().filter(|kind| kind.is_request()).collect();
    let kind = requests[usize::from(*kind) % requests.len()].clone();
    let mut settings = FiksArkivSettings::default();
    settings.announces = false;
    settings.tries = 1;
    let (transport, sender) = (Arc::new(MemoryTransport::new()), Uuid::from_u128(2));
    let archive = FiksArkiv::new(Arc::clone(&transport) as _, Arc::new(Still), settings)
        .with_desk(sender, Arc::new(ClosedDesk::new()));
    let message = Incoming::new(Uuid::from_u128(1), kind, sender);
    transport.deliver(message, [("melding.xml".to_owned(), Bytes::copy_from_slice(content))]);
    wait(async {
        let handled = archive.step().await.expect("memory does not fail");
        assert!(matches!(handled, Handled::Answered { .. }), "a message got no answer");
    });
    let sent = transport.sent();
    assert_eq!(sent.len(), 1);
    let (_, xml) = &sent[0].files[0];
    assert!(parse(xml, &Limits::default()).is_ok(), "an answer is not XML");
}

/// A GeoIntegrasjon call of somebody who may call.
pub fn geo_call(data: &[u8]) {
    let facade =
        GeoIntegrasjon::builder(Arc::new(Still), Arc::new(Counting::default()), GeoIntegrasjonSettings::default())
            .with_user("prove", &"prove".into(), Arc::new(ClosedDesk::new()))
            .build();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", "Basic cHJvdmU6cHJvdmU=".parse().expect("a header"));
    let (_, envelope) = wait(facade.answer(&headers, data));
    let envelope = parse(envelope.as_bytes(), &Limits::default()).expect("an answer is XML");
    assert_eq!(envelope.name(), "Envelope");
}
