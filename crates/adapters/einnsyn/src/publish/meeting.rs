//! A meeting of a committee as the objects of eInnsyn (R7.9).

use chrono::Datelike;
use sakarkiv_core::{
    calendar::oslo_date,
    publication::{
        MeetingDocumentKind, MeetingItemKind, PublicDecision, PublicMeeting, PublicMeetingDocument, PublicMeetingItem,
        PublicReport, PublicText, PublicVote, VoteCast,
    },
};
use uuid::Uuid;

use super::{
    journal::Maker,
    kind::Kind,
    node::{Node, moment},
};
use crate::{
    ids::part_of,
    text::{LONGEST, fitted, fitted_some},
};

/// The address of a meeting's recording may be this long.
const LONGEST_VIDEO: usize = 5000;

impl Maker<'_> {
    /// The meeting with its documents and all that it treats.
    pub(crate) fn meeting(self, meeting: &PublicMeeting) -> Node {
        let year = oslo_date(meeting.starts).year();
        let documents = meeting.documents.iter().map(|document| self.meeting_document(document));
        let items = meeting.items.iter().map(|item| self.item(item, year));
        self.titled(Node::new(Kind::Moetemappe, Some(meeting.meeting.uuid())), &meeting.title)
            .with("moetenummer", fitted(&meeting.number, LONGEST))
            .with("utvalg", self.code(&meeting.committee))
            .with("moetedato", moment(meeting.starts))
            .with_some("moetested", fitted_some(meeting.place.as_deref(), LONGEST))
            .with_some("videoLink", fitted_some(meeting.video.as_deref(), LONGEST_VIDEO))
            .with_list("moetedokument", documents.collect())
            .with_list("moetesak", items.collect())
            .seen_from(meeting.accessible_after)
    }

    fn meeting_document(self, document: &PublicMeetingDocument) -> Node {
        let id = document.id.uuid();
        let kind = match document.kind {
            MeetingDocumentKind::Invitation => "innkalling",
            MeetingDocumentKind::FurtherInvitation => "tilleggsinnkalling",
            MeetingDocumentKind::Minutes => "protokoll",
            _ => "annet",
        };
        self.titled(Node::new(Kind::Moetedokument, Some(id)), &document.title)
            .with("moetedokumenttype", kind)
            .with_list("dokumentbeskrivelse", self.documents(id, &document.documents))
    }

    fn item(self, item: &PublicMeetingItem, year: i32) -> Node {
        let id = item.id.uuid();
        let year = item.number.map_or(year, |number| i32::from(number.year()));
        let proposed = item.recommendation.as_ref().map(|text| written(part_of(id, "recommendation", &[]), text));
        self.titled(Node::new(Kind::Moetesak, Some(id)), &item.title)
            .with("moetesakstype", item_kind(item.kind))
            .with("moetesaksaar", year)
            .with_some("moetesakssekvensnummer", item.number.map(|number| number.sequence()))
            .with_some("videoLink", fitted_some(item.video.as_deref(), LONGEST))
            .with_one("utredning", item.report.as_ref().map(|report| self.report(id, report)))
            .with_one("innstilling", proposed)
            .with_one("vedtak", item.decision.as_ref().map(|decision| self.decision(id, decision)))
            .with_list("dokumentbeskrivelse", self.documents(id, &item.documents))
    }

    fn report(self, item: Uuid, report: &PublicReport) -> Node {
        let id = part_of(item, "report", &[]);
        Node::new(Kind::Utredning, Some(id))
            .with_one("saksbeskrivelse", Some(written(part_of(id, "description", &[]), &report.description)))
            .with_one("innstilling", Some(written(part_of(id, "recommendation", &[]), &report.recommendation)))
            .with_list("utredningsdokument", self.documents(id, &report.documents))
    }

    fn decision(self, item: Uuid, decision: &PublicDecision) -> Node {
        let id = part_of(item, "decision", &[]);
        let said = decision.proceedings.as_ref().map(|text| {
            let node = Node::new(Kind::Behandlingsprotokoll, Some(part_of(id, "proceedings", &[])));
            with_text(node, text)
        });
        let votes = decision.votes.iter().map(|cast| vote(id, cast)).collect();
        Node::new(Kind::Vedtak, Some(id))
            .with("dato", decision.date.to_string())
            .with_one("vedtakstekst", Some(written(part_of(id, "text", &[]), &decision.text)))
            .with_one("behandlingsprotokoll", said)
            .with_list("votering", votes)
            .with_list("vedtaksdokument", self.documents(id, &decision.documents))
    }
}

fn vote(decision: Uuid, vote: &PublicVote) -> Node {
    let id = part_of(decision, "vote", &vote.voter.to_be_bytes());
    let voter = Node::new(Kind::Moetedeltaker, Some(part_of(id, "voter", &[])))
        .with("moetedeltakerNavn", fitted(&vote.name.searchable, LONGEST))
        .with_some("moetedeltakerFunksjon", fitted_some(vote.function.as_deref(), LONGEST));
    let cast = match vote.cast {
        VoteCast::Yes => "Ja",
        VoteCast::No => "Nei",
        VoteCast::Blank => "Blankt",
    };
    Node::new(Kind::Votering, Some(id)).with("stemme", cast).with_one("moetedeltaker", Some(voter))
}

fn written(id: Uuid, text: &PublicText) -> Node {
    with_text(Node::new(Kind::Moetesaksbeskrivelse, Some(id)), text)
}

/// A text that eInnsyn has in one form only, so it is the one without names; the whole of a long one is in the documents.
fn with_text(node: Node, text: &PublicText) -> Node {
    node.with("tekstInnhold", fitted(&text.searchable, LONGEST)).with("tekstFormat", "text/plain")
}

const fn item_kind(kind: MeetingItemKind) -> &'static str {
    match kind {
        MeetingItemKind::Political => "politisk",
        MeetingItemKind::Delegated => "delegert",
        MeetingItemKind::Interpellation => "interpellasjon",
        MeetingItemKind::Approval => "godkjenning",
        MeetingItemKind::Orientation => "orientering",
        MeetingItemKind::ForInformation => "referat",
        MeetingItemKind::Meeting => "moete",
        _ => "annet",
    }
}
