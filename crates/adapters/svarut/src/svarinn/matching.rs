//! Which archive entry is which document of the list.

use unicode_normalization::UnicodeNormalization as _;

use super::{opening::Fault, shipment::FileData};

/// For each file of the list, the place of its entry among `names`. The two must be the same set: an entry too many would be
/// a document nobody knows of, one too few a document lost.
///
/// Names are compared exactly, then in composed form (macOS writes `å` as two characters), then without regard to case, in
/// which SvarUt's names are unique. A looser comparison is used only for what the stricter ones left over.
pub(super) fn order(names: &[String], files: &[FileData], remarks: &mut Vec<String>) -> Result<Vec<usize>, Fault> {
    if names.len() != files.len() {
        return Err(unequal(names.len(), files.len()));
    }
    let mut places = vec![None; files.len()];
    let mut free = vec![true; names.len()];
    for same in COMPARISONS {
        for ((n, file), place) in files.iter().enumerate().zip(places.iter_mut()).filter(|(_, place)| place.is_none()) {
            let Some(wanted) = &file.name else { continue };
            let wanted = same.key(wanted);
            let mut fitting =
                (0..).zip(names).zip(free.iter_mut()).filter(|((_, name), free)| **free && same.key(name) == wanted);
            let Some(((found, _), free)) = fitting.next() else { continue };
            if fitting.next().is_some() {
                return Err(Fault::Broken("the archive has two entries of the same name".to_owned()));
            }
            *free = false;
            *place = Some(found);
            if !matches!(same, Comparison::Exact) {
                remarks.push(format!("document {} is spelt differently in the archive", n + 1));
            }
        }
    }
    places.into_iter().collect::<Option<Vec<_>>>().ok_or_else(|| unequal(names.len(), files.len()))
}

#[derive(Clone, Copy)]
enum Comparison {
    Exact,
    Composed,
    AnyCase,
}

const COMPARISONS: [Comparison; 3] = [Comparison::Exact, Comparison::Composed, Comparison::AnyCase];

impl Comparison {
    fn key(self, name: &str) -> String {
        match self {
            Self::Exact => name.to_owned(),
            Self::Composed => name.nfc().collect(),
            Self::AnyCase => name.nfc().collect::<String>().to_lowercase(),
        }
    }
}

fn unequal(entries: usize, files: usize) -> Fault {
    Fault::Broken(format!("the archive's {entries} document(s) are not the {files} that the list tells of"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(names: &[&str], files: &[&str]) -> (Option<Vec<usize>>, usize) {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let files = files.iter().map(|name| FileData { name: Some((*name).to_owned()), ..FileData::default() });
        let mut remarks = Vec::new();
        (order(&names, &files.collect::<Vec<_>>(), &mut remarks).ok(), remarks.len())
    }

    #[test]
    fn documents_come_in_the_order_of_the_list() {
        assert_eq!(ordered(&["b", "a"], &["a", "b"]), (Some(vec![1, 0]), 0));
        assert_eq!(ordered(&[], &[]), (Some(vec![]), 0));
    }

    #[test]
    fn spelling_may_differ_in_composition_and_case() {
        assert_eq!(ordered(&["ra\u{30a}d.pdf"], &["råd.pdf"]), (Some(vec![0]), 1));
        assert_eq!(ordered(&["RA\u{30a}D.PDF", "x"], &["x", "råd.pdf"]), (Some(vec![1, 0]), 1));
        assert_eq!(ordered(&["A.pdf", "a.pdf"], &["a.pdf", "A.pdf"]), (Some(vec![1, 0]), 0));
    }

    #[test]
    fn unequal_sets_and_ambiguous_names_are_refused() {
        for (names, files) in [
            (&["a"][..], &[][..]),
            (&[], &["a"]),
            (&["a", "b"], &["a"]),
            (&["a"], &["b"]),
            (&["a", "a"], &["a", "b"]),
            (&["a", "b"], &["a", "a"]),
            (&["A.pdf", "a.PDF"], &["a.pdf", "b.pdf"]),
            (&["x/a"], &["a"]),
        ] {
            assert_eq!(ordered(names, files).0, None, "{names:?} {files:?}");
        }
        assert!(order(&["a".to_owned()], &[FileData::default()], &mut Vec::new()).is_err());
    }
}
