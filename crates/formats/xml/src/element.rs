use std::fmt;

/// The namespace of `xsi:type` and `xsi:nil`.
pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element with what is in it. `Debug` shows its name and how much it holds, never text: messages are full of names.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) value: String,
}

impl Element {
    /// The name without a prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace it is in.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The text right in it, without blanks around it; that of its children is theirs.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The first child of this local name that is not marked as nil.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.all(name).next()
    }

    /// Every child of this local name that is not marked as nil (`xsi:nil`).
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name && !child.is_nil())
    }

    /// Every child, in order.
    #[must_use]
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// Every child, taken out.
    #[must_use]
    pub fn into_children(self) -> Vec<Self> {
        self.children
    }

    /// Whether there is any text in it or in what it holds. Many tools write an empty element for a field that nobody filled
    /// in.
    #[must_use]
    pub fn is_filled_in(&self) -> bool {
        !self.text().is_empty() || self.children.iter().any(Self::is_filled_in)
    }

    /// Takes the first child of this local name out, so that the rest can be dropped.
    pub fn take_child(&mut self, name: &str) -> Option<Self> {
        let place = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.remove(place))
    }

    /// An attribute by its local name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.trim())
    }

    /// The type that `xsi:type` names, without its prefix.
    #[must_use]
    pub fn xsi_type(&self) -> Option<&str> {
        let value = self.xsi("type")?;
        Some(value.rsplit_once(':').map_or(value, |(_, local)| local))
    }

    fn is_nil(&self) -> bool {
        matches!(self.xsi("nil"), Some("true" | "1"))
    }

    fn xsi(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|attribute| attribute.namespace.as_deref() == Some(XSI));
        found.find(|attribute| attribute.name == name).map(|attribute| attribute.value.trim())
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", &self.name)
            .field("children", &self.children.len())
            .finish_non_exhaustive()
    }
}
