//! The public list of applicants (offentlig søkerliste), made from the applicants of a delivery.
//!
//! The list comes from the recruitment system as a document. This makes the same list from the facts, for systems that
//! deliver none and for comparing: as soon as possible after the deadline the employer sets up a list with name, age,
//! position or occupation, and municipality of each applicant, and tells how many applied and of which gender. An applicant
//! whose request to be left out was granted is a number alone (offentleglova § 25 second paragraph).

use std::fmt::Write as _;

use crate::contract::{Applicant, ApplicantStatus, Exemption, Gender};

/// A public list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicApplicantList {
    /// The lines, numbered from 1 in the order of the applicants.
    pub lines: Vec<PublicLine>,
    /// How many women, men, others and unknown applied, those left out included.
    pub genders: [(Gender, usize); 4],
}

/// One applicant in the list. What is not known is left empty; of somebody left out only the number stands there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublicLine {
    /// The number in the list.
    pub number: usize,
    /// Name.
    pub name: Option<String>,
    /// Age in years.
    pub age: Option<u8>,
    /// Position or occupation.
    pub position: Option<String>,
    /// Municipality of residence or work.
    pub municipality: Option<String>,
}

/// The list cannot be made yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{undecided} request(s) to be left out of the public list are undecided; decide them and make the list then")]
pub struct Undecided {
    /// How many requests.
    pub undecided: usize,
}

impl PublicApplicantList {
    /// Makes the list. Applicants who withdrew are not in it.
    ///
    /// # Errors
    /// [`Undecided`] while any request to be left out is.
    pub fn of(applicants: &[Applicant]) -> Result<Self, Undecided> {
        let listed: Vec<&Applicant> =
            applicants.iter().filter(|applicant| applicant.status != ApplicantStatus::Withdrawn).collect();
        let undecided = listed.iter().filter(|applicant| applicant.exemption == Exemption::Pending).count();
        if undecided > 0 {
            return Err(Undecided { undecided });
        }
        let count = |gender| (gender, listed.iter().filter(|applicant| applicant.gender == gender).count());
        let genders = [count(Gender::Woman), count(Gender::Man), count(Gender::Another), count(Gender::Unknown)];
        let lines = listed.iter().enumerate().map(|(index, applicant)| line(index + 1, applicant)).collect();
        Ok(Self { lines, genders })
    }

    /// The list as plain text, one line for each applicant, and the count of genders.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::from("Nr.\tNavn\tAlder\tStilling\tKommune\n");
        for line in &self.lines {
            let age = line.age.map(|age| age.to_string()).unwrap_or_default();
            let or_empty = |text: &Option<String>| text.as_deref().unwrap_or_default().replace(['\t', '\n', '\r'], " ");
            let (name, position, municipality) =
                (or_empty(&line.name), or_empty(&line.position), or_empty(&line.municipality));
            let _ = writeln!(text, "{}\t{name}\t{age}\t{position}\t{municipality}", line.number);
        }
        let genders: Vec<String> = self.genders.iter().map(|(gender, count)| format!("{gender} {count}")).collect();
        let _ = writeln!(text, "Antall søkere: {} ({})", self.lines.len(), genders.join(", "));
        text
    }
}

fn line(number: usize, applicant: &Applicant) -> PublicLine {
    if applicant.exemption == Exemption::Granted {
        return PublicLine { number, ..PublicLine::default() };
    }
    let open =
        |text: &Option<sakarkiv_core::screening::Private<String>>| text.as_ref().map(|text| text.expose().clone());
    PublicLine {
        number,
        name: open(&applicant.name),
        age: applicant.age,
        position: open(&applicant.position),
        municipality: open(&applicant.municipality),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn applicant(id: usize, name: &str, exemption: Exemption, status: ApplicantStatus) -> Applicant {
        Applicant {
            id: id.to_string(),
            name: Some(name.into()),
            number: None,
            age: Some(40),
            gender: Gender::Woman,
            position: Some(format!("Stilling til {name}").as_str().into()),
            municipality: Some("Drammen".into()),
            exemption,
            status,
        }
    }

    #[test]
    fn somebody_left_out_is_a_number_and_is_counted() {
        let list = PublicApplicantList::of(&[
            applicant(1, "Ola Dunk", Exemption::Refused, ApplicantStatus::Active),
            applicant(2, "Eva Skjult", Exemption::Granted, ApplicantStatus::Active),
            applicant(3, "Per Borte", Exemption::NotAsked, ApplicantStatus::Withdrawn),
        ])
        .unwrap();
        let text = list.to_text();
        assert!(text.contains("1\tOla Dunk\t40\t") && text.contains("\n2\t\t\t\t\n"), "{text}");
        assert!(text.contains("Antall søkere: 2 (kvinne 2, mann 0, annet 0, ukjent 0)"), "{text}");
        assert!(!text.contains("Per"));
    }

    #[test]
    fn no_list_is_made_while_a_request_is_undecided_unless_the_applicant_withdrew() {
        let asking = |status| PublicApplicantList::of(&[applicant(1, "Eva Skjult", Exemption::Pending, status)]);
        assert_eq!(asking(ApplicantStatus::Active), Err(Undecided { undecided: 1 }));
        assert_eq!(asking(ApplicantStatus::Withdrawn).unwrap().lines, []);
    }

    proptest! {
        #[test]
        fn nobody_who_was_left_out_is_ever_named(
            people in proptest::collection::vec(
                ("[A-ZÆØÅ][a-zæøå]{3,9}Qx", 0..Exemption::ALL.len(), 0..ApplicantStatus::ALL.len()), 0..12),
        ) {
            let applicants: Vec<Applicant> = people.iter().enumerate().map(|(id, (name, exemption, status))| {
                applicant(id, &format!("{name}{id}q"), Exemption::ALL[*exemption], ApplicantStatus::ALL[*status])
            }).collect();
            let Ok(list) = PublicApplicantList::of(&applicants) else { return Ok(()) };
            let text = list.to_text();
            for applicant in &applicants {
                let name = applicant.name.as_ref().unwrap().expose();
                let named = text.lines().any(|line| line.contains(&format!("{name}\t")));
                let shown = matches!(applicant.exemption, Exemption::NotAsked | Exemption::Refused)
                    && applicant.status != ApplicantStatus::Withdrawn;
                prop_assert_eq!(named, shown, "{}", text);
                prop_assert!(shown || !text.contains(name.as_str()));
            }
        }
    }
}
