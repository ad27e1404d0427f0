use std::{fmt, fs, path::Path};

use uppsala::{XsdValidator, parse};

use super::specs;

/// One XML Schema of a published definition, with what it imports.
///
/// The check itself is another's: a validator that has passed the suites of the W3C. Where it reads a spelling wrongly, the
/// schema is spelt in another way that means the same before it reads it: see `respelt` in the source.
///
/// ```
/// use sakarkiv_testkit::definitions::XmlDefinition;
///
/// let schema = XmlDefinition::from_text(
///     r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a" elementFormDefault="qualified">
///       <xs:element name="a"><xs:complexType><xs:sequence><xs:element name="b" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
///     </xs:schema>"#,
/// )?;
/// assert!(schema.problems("<a xmlns='urn:a'><b>1</b></a>").is_empty());
/// assert_eq!(schema.problems("<a xmlns='urn:a'><b>x</b></a>").len(), 1);
/// # Ok::<(), String>(())
/// ```
pub struct XmlDefinition {
    validator: XsdValidator,
}

impl XmlDefinition {
    /// Reads a schema that imports nothing.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_text(schema: &str) -> Result<Self, String> {
        let document = parse(schema).map_err(|error| error.to_string())?;
        let validator = XsdValidator::from_schema(&document).map_err(|error| error.to_string())?;
        Ok(Self { validator })
    }

    /// The schema `file` of a service, for example `V1/arkivstruktur.xsd` of `fiks-arkiv`; what it imports lies beside it.
    /// Nothing, and a word about it on the test's output, when the definitions do not lie beside the workspace.
    #[must_use]
    pub fn published(service: &str, file: &str) -> Option<Self> {
        let path = specs(service).join(file);
        let read = path.parent().zip(path.file_name()).and_then(|(folder, name)| Self::read(folder, Path::new(name)));
        if read.is_none() {
            eprintln!("skipped: the published definition {service}/{file} is not beside the workspace");
        }
        read
    }

    /// Everything in which a message differs from the schema. A message that is not well-formed has one problem.
    #[must_use]
    pub fn problems(&self, message: &str) -> Vec<String> {
        match parse(message) {
            Ok(document) => self.validator.validate(&document).iter().map(ToString::to_string).collect(),
            Err(error) => vec![error.to_string()],
        }
    }

    fn read(folder: &Path, name: &Path) -> Option<Self> {
        // The validator reads imports from the disk, so they are spelt anew on the disk too.
        let copies = tempfile::tempdir().ok()?;
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let from = entry.path();
            if from.extension().is_some_and(|extension| extension == "xsd") {
                let text = fs::read_to_string(&from).ok()?;
                fs::write(copies.path().join(entry.file_name()), respelt(&text)).ok()?;
            }
        }
        let path = copies.path().join(name);
        let text = fs::read_to_string(&path).ok()?;
        let document = parse(&text).ok()?;
        let validator = XsdValidator::from_schema_with_base_path(&document, Some(&path)).ok()?;
        Some(Self { validator })
    }
}

/// The same schema in other words: a type of the schema's own that is called `ID` is not taken for the one of XML Schema, and
/// an extension that adds nothing says so by an empty sequence (else its base is not looked at).
fn respelt(schema: &str) -> String {
    let mut text = schema.trim_start_matches('\u{feff}').to_owned();
    for attribute in ["name", "base", "type"] {
        for prefix in ["", "n5mdk:"] {
            text = text.replace(
                &format!("{attribute}=\"{prefix}ID\""),
                &format!("{attribute}=\"{prefix}identifier-of-its-own\""),
            );
        }
    }
    let mut parts = text.split("<xs:extension base=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("<xs:extension base=\"");
        match part.split_once('>').and_then(|(tag, rest)| Some((tag.strip_suffix('/')?, rest))) {
            Some((tag, rest)) => out.extend([tag, "><xs:sequence/></xs:extension>", rest]),
            None => out.push_str(part),
        }
    }
    out
}

impl fmt::Debug for XmlDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XmlDefinition").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_in_other_words_means_the_same() {
        assert_eq!(
            respelt(
                "\u{feff}<xs:simpleType name=\"ID\"/><xs:extension base=\"n5mdk:ID\"/><xs:extension base=\"a\">b</xs:extension>"
            ),
            "<xs:simpleType name=\"identifier-of-its-own\"/><xs:extension base=\"n5mdk:identifier-of-its-own\">\
             <xs:sequence/></xs:extension><xs:extension base=\"a\">b</xs:extension>"
        );
    }
}
