//! The JSON form of a bundle. Byte strings are lower-case hexadecimal after `0x`, counts and times
//! are numbers, words of state are quantities (`0x` and no leading zeros) as Ethereum writes them.

use super::{
    BUNDLE_JSON_BYTES_MAX, BUNDLE_VERSION, Bundle, Certified, Fact, FormatError, Sealed,
    decode_boundaries, decode_headers, encode_boundaries, encode_headers, limit,
};
use alloy_primitives::Bytes;
use qiantang_types::{LedgerHash, TrustRoot};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Value of the field `format`.
const FORMAT: &str = "qiantang-proof-bundle";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    format: String,
    version: u8,
    trust_root: TrustRootJson,
    boundaries: Vec<Certified>,
    headers: Vec<Bytes>,
    certificate: Bytes,
    facts: Vec<Fact>,
    seal: LedgerHash,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TrustRootJson {
    chain_id: u64,
    genesis: LedgerHash,
    scheme: u8,
    validators: Vec<Bytes>,
}

impl Document {
    fn new(bundle: &Bundle, seal: LedgerHash) -> Self {
        let root = bundle.root.clone();
        Self {
            format: FORMAT.to_owned(),
            version: BUNDLE_VERSION,
            trust_root: TrustRootJson {
                chain_id: root.chain_id,
                genesis: root.genesis,
                scheme: root.scheme,
                validators: root.validators,
            },
            boundaries: encode_boundaries(&bundle.boundaries),
            headers: encode_headers(&bundle.headers),
            certificate: bundle.certificate.clone(),
            facts: bundle.facts.clone(),
            seal,
        }
    }

    fn into_sealed(self) -> Result<Sealed, FormatError> {
        if self.format != FORMAT {
            return Err(FormatError::Unknown);
        }
        if self.version != BUNDLE_VERSION {
            return Err(FormatError::Version {
                found: self.version,
            });
        }
        let bundle = Bundle {
            root: TrustRoot {
                chain_id: self.trust_root.chain_id,
                genesis: self.trust_root.genesis,
                scheme: self.trust_root.scheme,
                validators: self.trust_root.validators,
            },
            boundaries: decode_boundaries(self.boundaries)?,
            headers: decode_headers(&self.headers)?,
            certificate: self.certificate,
            facts: self.facts,
        };
        Ok(Sealed {
            bundle,
            seal: self.seal,
        })
    }
}

impl Serialize for Bundle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document::new(self, self.seal()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bundle {
    /// Reads the fields in any order and spelling, as a JSON-RPC client receives them; the seal is
    /// compared, nothing is proved.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sealed = Document::deserialize(deserializer)?
            .into_sealed()
            .map_err(D::Error::custom)?;
        sealed.bundle.check_limits().map_err(D::Error::custom)?;
        if sealed.seal != sealed.bundle.seal() {
            return Err(D::Error::custom(FormatError::Seal));
        }
        Ok(sealed.bundle)
    }
}

pub(super) fn pretty(bundle: &Bundle, seal: LedgerHash) -> String {
    let mut text = serde_json::to_string_pretty(&Document::new(bundle, seal))
        .expect("strings, numbers and lists of them have a JSON form");
    text.push('\n');
    text
}

pub(super) fn compact(bundle: &Bundle, seal: LedgerHash) -> String {
    serde_json::to_string(&Document::new(bundle, seal))
        .expect("strings, numbers and lists of them have a JSON form")
}

pub(super) fn decode(bytes: &[u8]) -> Result<Sealed, FormatError> {
    limit("bundle bytes", bytes.len(), BUNDLE_JSON_BYTES_MAX)?;
    let document: Document =
        serde_json::from_slice(bytes).map_err(|error| FormatError::Json(error.to_string()))?;
    let sealed = document.into_sealed()?;
    // JSON has many spellings of one content; only two are bundles.
    let (bundle, seal) = (&sealed.bundle, sealed.seal);
    if pretty(bundle, seal).as_bytes() != bytes && compact(bundle, seal).as_bytes() != bytes {
        return Err(FormatError::Spelling("JSON"));
    }
    Ok(sealed)
}

/// The JSON form of a Merkle proof, which `types` leaves to the edge.
pub(super) mod merkle_proof {
    use qiantang_types::{LedgerHash, MerkleProof};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Document {
        index: u64,
        count: u64,
        path: Vec<LedgerHash>,
    }

    pub(in crate::bundle) fn serialize<S: Serializer>(
        proof: &MerkleProof,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let MerkleProof { index, count, path } = proof.clone();
        Document { index, count, path }.serialize(serializer)
    }

    pub(in crate::bundle) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<MerkleProof, D::Error> {
        let Document { index, count, path } = Document::deserialize(deserializer)?;
        Ok(MerkleProof { index, count, path })
    }
}
