//! Prefixes that `@context` declares (JSON-LD 1.1 section 4.1), as far as events need them.
//!
//! Remote contexts are never fetched: the prefixes of the EPCIS context are known, others must be
//! declared in the document.

use super::json::Json;
use std::{borrow::Cow, collections::BTreeMap};

/// Longest namespace in bytes. A short prefix stands for it any number of times, so without a limit
/// a small document could have a huge canonical form.
pub const MAX_NAMESPACE_BYTES: usize = 256;

/// Prefixes that the EPCIS 2.0 context declares.
const STANDARD: &[(&str, &str)] = &[
    ("cbv", "https://ref.gs1.org/cbv/"),
    ("cbvmda", "urn:epcglobal:cbv:mda:"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("epcis", "https://ref.gs1.org/epcis/"),
    ("gs1", "https://gs1.org/voc/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// The prefixes in force at one place of a document: those of the EPCIS context, then those of
/// every `@context` from the envelope inwards; the innermost wins.
#[derive(Clone, Debug, Default)]
pub struct Namespaces<'n> {
    of_prefix: BTreeMap<&'n str, &'n str>,
    outer: Option<&'n Self>,
}

impl<'n> Namespaces<'n> {
    /// These prefixes and those that `object` declares in its own `@context`.
    pub fn within<'i>(&'i self, object: &'i Json<'_>) -> Namespaces<'i> {
        let mut inner = Namespaces {
            of_prefix: BTreeMap::new(),
            outer: Some(self),
        };
        if let Some(context) = object.get("@context") {
            context
                .elements()
                .iter()
                .for_each(|part| inner.declare(part));
            inner.declare(context);
        }
        inner
    }

    fn declare(&mut self, context: &'n Json<'_>) {
        for (prefix, definition) in context.members() {
            if let Some(namespace) = namespace_of(definition) {
                self.of_prefix.insert(prefix, namespace);
            }
        }
    }

    fn namespace(&self, prefix: &str) -> Option<&str> {
        match (self.of_prefix.get(prefix), self.outer) {
            (Some(namespace), _) => Some(namespace),
            (None, Some(outer)) => outer.namespace(prefix),
            (None, None) => STANDARD
                .iter()
                .find(|(name, _)| *name == prefix)
                .map(|(_, namespace)| *namespace),
        }
    }

    /// The namespace and the local name of a key such as `example:myField`.
    pub(super) fn split_key<'k>(&self, key: &'k str) -> Option<(&str, &'k str)> {
        let (prefix, local) = key.split_once(':')?;
        // JSON-LD never takes `https://…` for a prefixed name.
        if local.starts_with("//") {
            return None;
        }
        Some((self.namespace(prefix)?, local))
    }

    /// The full URI of a value such as `cbv:BizStep-shipping`; other text as it is.
    pub(super) fn expand_value<'v>(&self, text: &'v str) -> Cow<'v, str> {
        match self.split_key(text) {
            Some((namespace, local)) => Cow::Owned(format!("{namespace}{local}")),
            None => Cow::Borrowed(text),
        }
    }
}

/// The URI that one member of a context gives to its prefix: a string, or the `@id` of a term
/// definition.
pub(super) fn namespace_of<'n>(definition: &'n Json<'_>) -> Option<&'n str> {
    definition
        .as_str()
        .or_else(|| definition.get("@id").and_then(Json::as_str))
}
