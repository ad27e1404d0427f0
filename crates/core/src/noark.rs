//! Closed code lists of Noark 5: one place that ties our names to the code and the name the standard writes.

/// Makes an enum of a Noark code list with its codes and Norwegian names. The JSON form is the variant in `snake_case`.
macro_rules! noark_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal, $norwegian:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of the standard's list.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code Noark 5 and other systems write.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The Norwegian name, as a deposit (avlevering) writes it.
            #[must_use]
            pub const fn norwegian_name(self) -> &'static str {
                match self { $(Self::$variant => $norwegian),+ }
            }

            /// Reads a code or a Norwegian name, whatever its case and the blanks around it. Nothing for an unknown one.
            #[must_use]
            pub fn from_noark(text: &str) -> Option<Self> {
                let text = text.trim().to_lowercase();
                Self::ALL
                    .iter()
                    .copied()
                    .find(|v| v.code().to_lowercase() == text || v.norwegian_name().to_lowercase() == text)
            }
        }
    };
}

pub(crate) use noark_list;
