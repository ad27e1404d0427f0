use sakarkiv_core::intake::CodeValue;

use super::out::Out;

/// `KodeListe`: the values of a code list. The schema wants at least one.
pub(crate) fn code_list(values: &[CodeValue]) -> String {
    let mut out = Out::message("KodeListe", "kodeliste/hent/resultat/v1");
    for value in values {
        out.code("liste", &value.code, &value.name);
    }
    out.finish()
}
