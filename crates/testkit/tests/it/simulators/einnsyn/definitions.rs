//! The simulator against the published definition, with the differences that are known.

use http::Method;
use sakarkiv_testkit::definitions::{Definition, Exchange, Interface};
use serde_json::{Value, json};

use super::office::{Office, Reply, case, case_with, document, entry, id, party, screening, whole_entry};

fn definition() -> Option<Definition> {
    Definition::published("einnsyn", "einnsyn.openapi.yml")
}

/// Where the definition and the real service differ, by the end of what the check says.
const KNOWN: [&str; 15] = [
    // Told by the path.
    "the query lacks saksmappeId",
    "the query lacks journalpostId",
    "the query lacks moetesakId",
    "the query lacks enhetId",
    "the query lacks arkivId",
    // Only after a deletion, or only in answers.
    "lacks deleted",
    "request: lacks id",
    "request: lacks entity",
    "request: lacks secretKey",
    "request: lacks arkiv",
    "request: lacks url",
    // Shown once, or to the owner alone.
    "answer: lacks secretKey",
    "lacks journalsekvensnummer",
    "lacks referanseDokumentfil",
    // An existing object is linked, not made.
    "no answer 200 is defined",
];

/// Nested objects of a request are described as they are answered, with what only answers have.
fn is_known(problem: &str) -> bool {
    let nested_in_request = problem.contains(": request.")
        && ["lacks id", "lacks entity", "lacks url", "lacks deleted"].iter().any(|end| problem.ends_with(end));
    // A search answers whole objects, but is described to answer what all objects have in common.
    let found_by_search =
        problem.starts_with("get /search: answer.items") && problem.ends_with("is not in the definition");
    nested_in_request || found_by_search || KNOWN.iter().any(|known| problem.ends_with(known))
}

/// Calls that went well, compared as they go by.
struct Witness {
    interface: Interface,
    office: Office,
    compared: usize,
    differences: Vec<String>,
}

impl Witness {
    async fn call(&mut self, method: Method, address: &str, key: bool, body: Option<Value>) -> Reply {
        let key = key.then_some(self.office.unit.key.as_str());
        let reply = self.office.call(method.clone(), address, key, body.clone()).await;
        assert!(reply.status < 300, "{method} {address} {:?}", reply.json());
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let names: Vec<String> =
            query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned()).collect();
        let answer = reply.json();
        let method = method.as_str().to_lowercase();
        let exchange = Exchange {
            method: &method,
            path,
            query: &names,
            request: body.as_ref(),
            status: reply.status,
            answer: Some(&answer),
        };
        let problems = self.interface.problems(&exchange);
        self.differences.extend(problems.into_iter().filter(|problem| !is_known(problem)));
        self.compared += 1;
        reply
    }

    async fn write(&mut self, method: Method, path: &str, body: Value) -> Value {
        self.call(method, path, true, Some(body)).await.json()
    }
}

#[tokio::test]
async fn requests_that_are_taken_and_their_answers_fit_the_definition() {
    let Some(definition) = definition() else { return };
    let office = Office::new().await;
    let interface = Interface::of([Some(definition)]);
    let mut witness = Witness { interface, office, compared: 0, differences: Vec::new() };
    let (archive, part, unit) =
        (witness.office.archive.clone(), witness.office.part.clone(), witness.office.unit.id.clone());
    let (post, patch) = (Method::POST, Method::PATCH);
    let mut body = case_with(1, [whole_entry(1)]);
    body["matrikkelnummer"] = json!([{"kommunenummer": "9999", "gaardsnummer": 12, "bruksnummer": 7}]);
    witness.write(post.clone(), "/arkiv", json!({"tittel": "To"})).await;
    witness.write(post.clone(), &format!("/arkiv/{archive}/arkivdel"), json!({"tittel": "Del"})).await;
    witness.write(post.clone(), &format!("/arkivdel/{part}/saksmappe"), body).await;
    witness.write(post.clone(), "/saksmappe/sak-1/journalpost", whole_entry(2)).await;
    witness.write(post.clone(), "/journalpost/jp-1/korrespondansepart", party(8)).await;
    let added = witness.write(post.clone(), "/journalpost/jp-1/dokumentbeskrivelse", document(8)).await;
    witness.write(post.clone(), "/journalpost/jp-2/dokumentbeskrivelse", json!(id(&added))).await;
    witness.write(post.clone(), "/journalpost/jp-2/skjerming", screening()).await;
    let matter = json!({
        "systemId": "ms-1", "moetesakstype": "politisk", "offentligTittel": "B", "offentligTittelSensitiv": "B",
    });
    witness.write(post.clone(), "/moetesak", matter).await;
    let decision = json!({"dato": "2026-09-20", "vedtakstekst": {"tekstInnhold": "Ja", "tekstFormat": "text/plain"}});
    witness.write(post.clone(), "/moetesak/ms-1/vedtak", decision).await;
    witness.write(post.clone(), &format!("/enhet/{unit}/apiKey"), json!({"name": "test"})).await;
    witness.write(patch.clone(), "/saksmappe/sak-1", json!({"offentligTittel": "Ny"})).await;
    witness
        .write(patch, "/journalpost/jp-1", json!({"skjerming": screening(), "saksmappe": id_of(&witness, "sak-1")}))
        .await;
    let order = json!({"email": "sporrer@example.org", "language": "nn", "innsynskrav": [{"journalpost": id_of_entry(&witness)}]});
    witness.call(post, "/innsynskravBestilling", false, Some(order)).await;
    for address in [
        "/me",
        "/saksmappe?limit=1&sortOrder=asc",
        "/saksmappe/sak-1?expand=arkivdel.arkiv&expand=matrikkelnummer",
        "/saksmappe/sak-1/journalpost?expand=korrespondansepart",
        "/journalpost/jp-1?expand=dokumentbeskrivelse.dokumentobjekt&expand=skjerming&expand=saksmappe",
        "/dokumentobjekt/fil-1",
        "/search?query=klage&limit=1",
        &format!("/enhet/{unit}/innsynskrav?expand=journalpost.saksmappe"),
        &format!("/enhet/{unit}"),
        "/moetesak/ms-1?expand=vedtak.vedtakstekst",
    ] {
        witness.call(Method::GET, address, true, None).await;
    }
    witness.call(Method::GET, "/journalpost/jp-1?expand=dokumentbeskrivelse.dokumentobjekt", false, None).await;
    witness.call(Method::DELETE, "/saksmappe/sak-1", true, None).await;
    assert!(witness.differences.is_empty(), "{}", witness.differences.join("\n"));
    assert_eq!(witness.compared, 26);
}

fn id_of(witness: &Witness, system_id: &str) -> Value {
    use sakarkiv_testkit::simulators::einnsyn::Entity;
    witness.office.einnsyn.object(Entity::Saksmappe, system_id).unwrap()["id"].clone()
}

fn id_of_entry(witness: &Witness) -> Value {
    use sakarkiv_testkit::simulators::einnsyn::Entity;
    witness.office.einnsyn.object(Entity::Journalpost, "jp-1").unwrap()["id"].clone()
}

#[tokio::test]
async fn refusals_fit_the_definition() {
    let Some(definition) = definition() else { return };
    let office = Office::new().await;
    office.publish(case(1)).await;
    office.einnsyn.place_order("sporrer@example.org", &[]).unwrap();
    let again = json!({"email": "sporrer@example.org", "innsynskrav": []});
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let mut unknown = case(2);
    unknown["foo"] = json!(1);
    for (schema, method, address, key, body) in [
        ("BadRequestException", Method::POST, path.as_str(), true, Some(unknown)),
        ("ValidationException", Method::POST, &path, true, Some(json!({"saksaar": 1}))),
        ("AuthenticationException", Method::GET, "/me", false, None),
        ("AuthorizationException", Method::POST, &path, false, Some(case(2))),
        ("NotFoundException", Method::GET, "/saksmappe/sak-9", true, None),
        ("NotFoundException", Method::GET, "/finnes/ikke", true, None),
        ("MethodNotAllowedException", Method::POST, "/journalpost", true, Some(entry(1))),
        ("ConflictException", Method::POST, &path, true, Some(case(1))),
        ("TooManyUnverifiedOrdersException", Method::POST, "/innsynskravBestilling", false, Some(again)),
    ] {
        let reply = office.call(method, address, key.then_some(&office.unit.key), body).await;
        let told = reply.json();
        let problems = definition.problems(&format!("Exceptions.{schema}"), &told);
        assert_eq!(problems, [""; 0], "{schema} {told}");
    }
}

/// What the definition refuses of a case, the simulator refuses too. It refuses more: the definition knows few of the rules.
#[tokio::test]
async fn the_simulator_is_no_laxer_than_the_definition() {
    let Some(definition) = definition() else { return };
    let office = Office::new().await;
    let path = format!("/arkivdel/{}/saksmappe", office.part);
    let schema = "Saksmappe.SaksmappeCreate";
    let sound = case(1);
    let problems = |body: &Value| -> Vec<String> {
        let found = definition.problems(schema, body).into_iter();
        found.filter(|problem| !problem.ends_with("Create: lacks id") && !problem.ends_with("lacks deleted")).collect()
    };
    assert_eq!(problems(&sound), [""; 0]);
    let odd = [json!(""), json!("a"), json!(0), json!(-1), json!(true), json!([]), json!({}), json!(["a"])];
    let mut compared = 0;
    for name in
        sound.as_object().unwrap().keys().map(String::as_str).chain(["slug", "administrativEnhet", "journalpost"])
    {
        for value in &odd {
            let mut body = sound.clone();
            body[name] = value.clone();
            let problems = problems(&body);
            let answer = office.post(&path, body).await;
            if answer.status == 201 {
                office.delete(&format!("/saksmappe/{}", id(&answer.json()))).await.with(200);
            }
            // Numbers and flags are read as texts where a text is wanted.
            let read_as_text =
                (value.is_number() || value.is_boolean()) && problems.iter().all(|one| one.ends_with("another type"));
            let laxer = !problems.is_empty() && answer.status == 201 && !read_as_text;
            assert!(!laxer, "{name} {value}: {problems:?}");
            compared += usize::from(!problems.is_empty());
        }
    }
    assert!(compared > 30, "only {compared} bodies were compared");
}
