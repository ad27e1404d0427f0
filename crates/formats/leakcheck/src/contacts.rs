//! E-mail addresses.

use std::collections::BTreeSet;

use sakarkiv_core::publication::Span;

/// E-mail addresses around the `@` signs of a text, but for those of the tenant's own domains.
pub(crate) fn emails(text: &str, at_signs: &[usize], own: &BTreeSet<String>, mut found: impl FnMut(Span)) {
    for at in at_signs {
        let Some((before, after)) = text.split_at_checked(*at) else { continue };
        let after = after.get(1..).unwrap_or_default();
        let local: usize = before.chars().rev().take_while(|c| is_local(*c)).map(char::len_utf8).sum();
        let domain_len: usize = after.chars().take_while(|c| is_domain(*c)).map(char::len_utf8).sum();
        let domain = after.get(..domain_len).unwrap_or_default().trim_end_matches(['.', '-']);
        let sound = local > 0 && domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
        if sound && !is_own(domain, own) {
            found(Span { start: at - local, end: at + 1 + domain.len() });
        }
    }
}

fn is_own(domain: &str, own: &BTreeSet<String>) -> bool {
    let domain = domain.to_lowercase();
    own.iter()
        .map(|own| own.to_lowercase())
        .any(|own| domain == own || domain.strip_suffix(&own).is_some_and(|rest| rest.ends_with('.')))
}

fn is_local(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<&str> {
        let signs: Vec<usize> = text.match_indices('@').map(|(at, _)| at).collect();
        let mut found = Vec::new();
        let own = ["bodo.kommune.no".to_owned()].into();
        emails(text, &signs, &own, |span| found.push(text.get(span.start..span.end).unwrap()));
        found
    }

    #[test]
    fn addresses_are_found_but_for_the_tenants_own() {
        assert_eq!(spans("Svar til kari.testperson@eksempel.no."), ["kari.testperson@eksempel.no"]);
        assert_eq!(spans("<åse@prøve.no> og b@c.no"), ["åse@prøve.no", "b@c.no"]);
        assert_eq!(spans("postmottak@Bodo.kommune.no, x@post.bodo.kommune.no"), [""; 0]);
        assert_eq!(spans("@ alene, kl. 12@, a@b, @eksempel.no"), [""; 0]);
        assert_eq!(spans("x@ikkebodo.kommune.no"), ["x@ikkebodo.kommune.no"]);
    }
}
