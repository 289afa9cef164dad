//! What a future member asks for: to have its validator in the first set.

use super::FoundingError;
use crate::{directory::write_new, validator_key::ValidatorKey};
use alloy_primitives::{Address, Bytes};
use alloy_rlp::RlpEncodable;
use qiantang_types::{PeerAddress, SignatureScheme, TimestampMs};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// Version of the format.
const VERSION: u8 = 1;

/// What keeps a signed request from meaning something else elsewhere.
const NAMESPACE: &[u8] = b"qiantang join request";

/// Bytes of the largest request.
const BYTES_MAX: u64 = 64 << 10;

/// A request to join, `request.json`. The signature shows that who asks holds the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct JoinRequest {
    version: u8,
    /// Scheme of the key.
    pub scheme: SignatureScheme,
    /// The validator's public key.
    pub public_key: Bytes,
    /// Where it listens for its peers.
    pub address: String,
    /// The member that runs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Applicant>,
    /// When it was made.
    pub time: TimestampMs,
    signature: Bytes,
}

/// The organisation of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, RlpEncodable)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Applicant {
    /// Name for people.
    pub name: String,
    /// Kind, as [`qiantang_types::GenesisOrganisation`] has it.
    pub kind: String,
    /// Jurisdiction, as [`qiantang_types::GenesisOrganisation`] has it.
    pub jurisdiction: String,
    /// Its first administrators, in ascending order.
    pub administrators: Vec<Address>,
}

/// What is signed, as RLP.
#[derive(RlpEncodable)]
struct Signed<'a> {
    version: u8,
    scheme: u8,
    public_key: &'a Bytes,
    address: &'a str,
    /// None or one.
    organisation: Vec<Applicant>,
    time: u64,
}

impl JoinRequest {
    /// Asks for a validator.
    pub fn new(
        key: &ValidatorKey,
        address: &PeerAddress,
        organisation: Option<Applicant>,
        time: TimestampMs,
    ) -> Self {
        let organisation = organisation.map(|mut applicant| {
            applicant.administrators.sort_unstable();
            applicant.administrators.dedup();
            applicant
        });
        let mut request = Self {
            version: VERSION,
            scheme: key.scheme(),
            public_key: key.public_key(),
            address: address.to_string(),
            organisation,
            time,
            signature: Bytes::new(),
        };
        request.signature = key.sign(NAMESPACE, &request.signed()).into();
        request
    }

    fn signed(&self) -> Vec<u8> {
        alloy_rlp::encode(Signed {
            version: self.version,
            scheme: self.scheme.code(),
            public_key: &self.public_key,
            address: &self.address,
            organisation: self.organisation.iter().cloned().collect(),
            time: self.time.get(),
        })
    }

    /// Reads a request and checks everything that it can show by itself.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no request, an address that nobody can connect to, a
    /// signature that is not of the key.
    pub fn read(path: &Path) -> Result<Self, FoundingError> {
        let failed = |source| FoundingError::File {
            path: path.to_path_buf(),
            source,
        };
        let mut text = String::new();
        let file = File::open(path).map_err(failed)?;
        file.take(BYTES_MAX)
            .read_to_string(&mut text)
            .map_err(failed)?;
        let request: Self =
            serde_json::from_str(&text).map_err(|error| FoundingError::Request {
                path: path.to_path_buf(),
                reason: error.to_string(),
            })?;
        request.check().map_err(|reason| FoundingError::Request {
            path: path.to_path_buf(),
            reason,
        })?;
        Ok(request)
    }

    fn check(&self) -> Result<(), String> {
        if self.version != VERSION {
            return Err(format!("it is of version {}, not {VERSION}", self.version));
        }
        if !self.scheme.has_key_form(&self.public_key) {
            return Err("its public key is not of its scheme".to_owned());
        }
        let address: PeerAddress = self.address.parse().map_err(|e| format!("{e}"))?;
        if address.to_string() != self.address {
            return Err(format!("its address is written `{address}`"));
        }
        let signature = <[u8; 64]>::try_from(self.signature.as_ref())
            .map_err(|_| "its signature has not 64 bytes".to_owned())?;
        match qiantang_consensus::verify(&self.public_key, NAMESPACE, &self.signed(), &signature) {
            Ok(true) => Ok(()),
            Ok(false) => Err(
                "its signature is not of its key: it was changed, or whoever made it \
                              does not hold the key"
                    .to_owned(),
            ),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Writes the request.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), FoundingError> {
        let written = serde_json::to_string_pretty(self)
            .map_err(io::Error::other)
            .and_then(|text| write_new(path, format!("{text}\n").as_bytes(), 0o644));
        written.map_err(|source| FoundingError::File {
            path: path.to_path_buf(),
            source,
        })
    }
}
