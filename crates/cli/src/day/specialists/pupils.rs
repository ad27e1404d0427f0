//! A school system hands in what it made for pupils' files (elevmapper) in a night: folders with manifests. One of them names
//! a checksum that its file does not have.

use std::{fs, path::Path};

use sakarkiv::core::{document::ContentHash, intake::reference, text::ExternalKey};
use serde_json::{Value, json};

use super::{SpecialistsError, answers, register::PUPILS};
use crate::day::{
    content,
    random::{Random, test_person},
};

/// One delivery about one pupil.
#[derive(Debug, Clone)]
pub(super) struct PupilDelivery {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) number: String,
    pupil: usize,
    seed: u64,
    entries: usize,
    /// Its file is not what its manifest says, until it is mended.
    broken: bool,
}

impl PupilDelivery {
    pub(super) fn case_key(&self) -> ExternalKey {
        reference::key(PUPILS, reference::CASE, format!("elev/{}", self.pupil))
    }

    /// The key of each entry, with the hash of its document.
    pub(super) fn entries(&self) -> impl Iterator<Item = (ExternalKey, ContentHash)> + '_ {
        (1..=self.entries)
            .map(|n| (reference::key(PUPILS, reference::ENTRY, self.entry(n)), ContentHash::of(&self.document(n))))
    }

    fn entry(&self, n: usize) -> String {
        format!("{}/vurdering-{n}", self.id)
    }

    fn document(&self, n: usize) -> Vec<u8> {
        content::pdf(self.seed.wrapping_add(n as u64), 3_000)
    }

    fn manifest(&self) -> Value {
        let entry = |n: usize| {
            json!({
                "eksternNoekkel": self.entry(n),
                "tittel": format!("Halvårsvurdering {n} - {}", self.name),
                "offentligTittel": "Halvårsvurdering",
                "journalposttype": "X",
                "dokumentdato": "2026-11-23",
                "skjerming": { "tilgangskode": "13", "hjemmel": "Offl. § 13 jf. fvl. § 13 første ledd nr. 1" },
                "parter": [{ "rolle": "intern-avsender", "navn": "Prøveskolen" }],
                "filer": [{
                    "sti": format!("vurdering-{n}.pdf"), "type": "H", "mimetype": "application/pdf",
                    "sha256": ContentHash::of(&self.document(n)).to_string(),
                }],
            })
        };
        json!({
            "kontrakt": "mappeslipp/v1", "fagsystem": "VismaFlytSkole", "leveranseId": self.id,
            "tidspunkt": "2026-11-24T01:55:00+01:00",
            "mappe": {
                "eksternNoekkel": format!("elev/{}", self.pupil),
                "tittel": format!("Elevmappe - {}", self.name), "offentligTittel": "Elevmappe",
                "mappetype": "elev", "strategi": "finn-eller-ny",
                "klassering": [{ "system": "FNR", "verdi": self.number, "skjermet": true }],
            },
            "registreringer": (1..=self.entries).map(entry).collect::<Vec<_>>(),
        })
    }

    /// Leaves it as a folder, the manifest last.
    fn leave(&self, root: &Path, folder: &str, mended: bool) -> Result<(), SpecialistsError> {
        let folder = root.join("inn").join(folder);
        fs::create_dir_all(&folder)?;
        for n in 1..=self.entries {
            let mut bytes = self.document(n);
            if self.broken && !mended {
                bytes.extend_from_slice(b"cut off and written over");
            }
            fs::write(folder.join(format!("vurdering-{n}.pdf")), bytes)?;
        }
        let unfinished = folder.join(".manifest.json.del");
        fs::write(&unfinished, self.manifest().to_string())?;
        fs::rename(unfinished, folder.join("manifest.json"))?;
        Ok(())
    }
}

/// What a night brings; some pupils get more than one delivery, and all of them go to the one file of the pupil.
pub(super) fn planned(seed: u64) -> Result<Vec<PupilDelivery>, SpecialistsError> {
    let mut random = Random::new(seed ^ 0x656c_6576);
    let broken = usize::try_from(random.between(20, 100)).unwrap_or(20);
    (0..DELIVERIES)
        .map(|n| {
            let pupil = n % PUPILS_IN_ALL;
            let nth = u32::try_from(pupil).unwrap_or_default();
            Ok(PupilDelivery {
                id: format!("natt-2026-11-24/{n}"),
                name: name(pupil),
                number: test_person(1_000 + nth).ok_or(SpecialistsError::Number)?.digits().to_owned(),
                pupil,
                seed: random.next(),
                entries: if random.one_in(4) { 2 } else { 1 },
                broken: n == broken,
            })
        })
        .collect()
}

/// Leaves the whole night's bulk.
pub(super) fn leave_all(root: &Path, deliveries: &[PupilDelivery]) -> Result<(), SpecialistsError> {
    deliveries.iter().enumerate().try_for_each(|(n, delivery)| delivery.leave(root, &format!("natt-{n:03}"), false))
}

/// Reads what was refused and why, and leaves it again, mended, under the id it had. Tells how many were.
pub(super) fn mend(root: &Path, deliveries: &[PupilDelivery]) -> Result<usize, SpecialistsError> {
    let mut mended = 0;
    for (n, refused) in answers::of_folder(&root.join("avvist"), "svar.json", "manifest.json")?.iter().enumerate() {
        let by_checksum = refused.faults().any(|code| code == CHECKSUM);
        let known = deliveries.iter().find(|delivery| delivery.id == refused.delivery);
        if let Some(delivery) = known.filter(|delivery| delivery.broken && by_checksum) {
            delivery.leave(root, &format!("rettet-{n:03}"), true)?;
            mended += 1;
        }
    }
    Ok(mended)
}

/// A name that nobody has, and that no other text of the day has in it.
fn name(pupil: usize) -> String {
    const FIRST: [&str; 12] = [
        "Elvina",
        "Torvik",
        "Solmund",
        "Brynja",
        "Havar",
        "Linnor",
        "Odvin",
        "Runalf",
        "Siglin",
        "Tyrill",
        "Valdis",
        "Ylva-Test",
    ];
    const LAST: [&str; 13] = [
        "Prøvås",
        "Testmoen",
        "Utprøvdal",
        "Eksempelvik",
        "Mønsterli",
        "Fantasnes",
        "Liksomlund",
        "Påfunnhaug",
        "Tenktvoll",
        "Oppdiktås",
        "Lekebakk",
        "Skinnberg",
        "Attpåvik",
    ];
    let pick = |from: &[&'static str], n: usize| from.get(n % from.len()).copied().unwrap_or_default();
    format!("{} {}", pick(&FIRST, pupil), pick(&LAST, pupil))
}

const DELIVERIES: usize = 160;
/// Fewer than deliveries: the last ones are about pupils who have a file by then.
const PUPILS_IN_ALL: usize = 140;
/// What a sender is told whose bytes are not those of its checksum.
const CHECKSUM: &str = "sjekksum-avvik";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sakarkiv::fagsystem::Manifest;
    use sakarkiv_testkit::doubles::ManualClock;

    use super::*;
    use crate::day::specialists::{Act, Senders};

    #[test]
    fn a_night_brings_sound_manifests_about_pupils_of_different_names_and_one_is_broken() {
        let night = planned(7).unwrap();
        let pupils = |part: fn(&PupilDelivery) -> String| night.iter().map(part).collect::<BTreeSet<_>>().len();
        assert_eq!((night.len(), pupils(|delivery| delivery.id.clone())), (DELIVERIES, DELIVERIES));
        assert_eq!(pupils(|delivery| delivery.name.clone()), PUPILS_IN_ALL);
        assert_eq!(pupils(|delivery| delivery.number.clone()), PUPILS_IN_ALL);
        assert_eq!(night.iter().filter(|delivery| delivery.broken).count(), 1);
        for delivery in &night {
            let manifest = Manifest::parse(delivery.manifest().to_string().as_bytes()).unwrap();
            assert_eq!(manifest.files().count(), delivery.entries);
        }
    }

    fn refuse(root: &Path, delivery: &PupilDelivery, folder: &str, code: &str) {
        let folder = root.join("avvist").join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("manifest.json"), delivery.manifest().to_string()).unwrap();
        let answer = json!({ "avvist": true, "feil": [{ "kode": code }] });
        fs::write(folder.join("svar.json"), answer.to_string()).unwrap();
    }

    #[test]
    fn only_what_was_refused_for_its_checksum_is_left_again_and_under_the_id_it_had() {
        let root = tempfile::tempdir().unwrap();
        let night = planned(7).unwrap();
        let broken = night.iter().find(|delivery| delivery.broken).unwrap();
        refuse(root.path(), &night[0], "a", CHECKSUM);
        refuse(root.path(), broken, "b", "ukjent-sak");
        assert_eq!(mend(root.path(), &night).unwrap(), 0);
        assert!(!root.path().join("inn").exists());
        refuse(root.path(), broken, "c", CHECKSUM);
        assert_eq!(mend(root.path(), &night).unwrap(), 1);
        let left: Vec<_> = fs::read_dir(root.path().join("inn")).unwrap().collect();
        assert_eq!(left.len(), 1);
        let folder = left[0].as_ref().unwrap().path();
        let manifest = Manifest::parse(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest.leveranse_id, broken.id);
        assert_eq!(fs::read(folder.join("vurdering-1.pdf")).unwrap(), broken.document(1));
    }

    #[test]
    fn what_is_refused_late_is_looked_for_until_it_is_mended_and_is_mended_once() {
        let (folder, employer) = (tempfile::tempdir().unwrap(), "310000027".parse().unwrap());
        let clock = ManualClock::at("2026-11-24T08:00:00Z");
        let mut senders = Senders::open(folder.path(), 7, &clock, &employer).unwrap();
        let root = senders.ways.pupils();
        let left = || fs::read_dir(root.join("inn")).map_or(0, Iterator::count);
        senders.act(Act::Mend).unwrap();
        senders.carry().unwrap();
        assert_eq!(left(), 0);
        let night = planned(7).unwrap();
        refuse(&root, night.iter().find(|delivery| delivery.broken).unwrap(), "sent", CHECKSUM);
        senders.carry().unwrap();
        assert_eq!(left(), 1);
        fs::remove_dir_all(root.join("inn")).unwrap();
        senders.carry().unwrap();
        assert_eq!(left(), 0);
    }
}
