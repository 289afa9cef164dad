//! W3C DID documents (DID Core 1.0) of accounts and organisations.

use super::{IIdentity, IIdentity::DidSubject, Identity};
use crate::{error::ClientError, module::Module};
use alloy_primitives::Address;
use serde::Serialize;

/// Meaning of the words of a document.
const CONTEXT: [&str; 2] = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/suites/secp256k1recovery-2020/v2",
];

/// A DID document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DidDocument {
    /// Meaning of the words.
    #[serde(rename = "@context")]
    pub context: [&'static str; 2],
    /// The subject.
    pub id: String,
    /// Who else may change it: an account's organisation, an organisation's administrators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controller: Vec<String>,
    /// Keys that sign for the subject now.
    pub verification_method: Vec<VerificationMethod>,
    /// Keys that prove to be the subject.
    pub authentication: Vec<String>,
    /// Keys that state something in the subject's name.
    pub assertion_method: Vec<String>,
}

/// A key, known by the address of its account (CAIP-10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationMethod {
    /// The subject's DID and `#key-1` and so on.
    pub id: String,
    /// Kind of key and signature.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The subject's DID.
    pub controller: String,
    /// `eip155:`, the chain's id, `:` and the key's address.
    pub blockchain_account_id: String,
}

impl DidDocument {
    /// The document of a subject as the chain describes it, or `None` where the chain does not know
    /// it. That of a deactivated subject has no keys.
    pub fn new(chain_id: u64, subject: &DidSubject) -> Option<Self> {
        if !subject.found {
            return None;
        }
        let id = &subject.did;
        let keys = if subject.deactivated {
            &[][..]
        } else {
            &subject.keys
        };
        let methods: Vec<VerificationMethod> = keys
            .iter()
            .zip(1..)
            .map(|(key, number): (&Address, u32)| VerificationMethod {
                id: format!("{id}#key-{number}"),
                kind: "EcdsaSecp256k1RecoveryMethod2020",
                controller: id.clone(),
                blockchain_account_id: format!("eip155:{chain_id}:{key}"),
            })
            .collect();
        let ids: Vec<String> = methods.iter().map(|method| method.id.clone()).collect();
        let controller = match subject.controller.as_str() {
            "" => subject.administrators.clone(),
            controller => vec![controller.to_owned()],
        };
        Some(Self {
            context: CONTEXT,
            id: id.clone(),
            controller,
            verification_method: methods,
            authentication: ids.clone(),
            assertion_method: ids,
        })
    }
}

impl Module<Identity> {
    /// What the chain says about an account or an organisation's address, and its DID document.
    ///
    /// # Errors
    ///
    /// As [`Module::view`].
    pub async fn resolve(
        &self,
        subject: Address,
    ) -> Result<(DidSubject, Option<DidDocument>), ClientError> {
        let found = self.view(&IIdentity::resolveCall { subject }).await?;
        let document = DidDocument::new(self.client().chain_id().await?, &found);
        Ok((found, document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> DidSubject {
        DidSubject {
            did: "did:qiantang:7:0x01".to_owned(),
            found: true,
            isOrganisation: false,
            deactivated: false,
            organisation: 1,
            organisationName: "West Lake Bank".to_owned(),
            controller: "did:qiantang:7:0x02".to_owned(),
            administrators: vec![],
            keys: vec![Address::repeat_byte(3)],
            roles: vec![],
            created: 0,
            updated: 0,
        }
    }

    #[test]
    fn a_document_names_its_keys_and_controllers() {
        let document = DidDocument::new(7, &subject()).unwrap();
        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(json["@context"][0], "https://www.w3.org/ns/did/v1");
        assert_eq!(json["id"], "did:qiantang:7:0x01");
        assert_eq!(json["controller"][0], "did:qiantang:7:0x02");
        let method = &json["verificationMethod"][0];
        assert_eq!(method["id"], "did:qiantang:7:0x01#key-1");
        assert_eq!(
            method["blockchainAccountId"],
            "eip155:7:0x0303030303030303030303030303030303030303"
        );
        assert_eq!(json["authentication"], json["assertionMethod"]);
    }

    #[test]
    fn a_deactivated_subject_has_no_keys_and_an_unknown_one_no_document() {
        let mut gone = subject();
        gone.deactivated = true;
        let document = DidDocument::new(7, &gone).unwrap();
        assert!(document.verification_method.is_empty() && document.authentication.is_empty());
        gone.found = false;
        assert_eq!(DidDocument::new(7, &gone), None);
    }
}
