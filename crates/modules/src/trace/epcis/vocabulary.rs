//! The words of the Core Business Vocabulary (CBV 2.0) and of the GS1 Web Vocabulary that the
//! standard fields of an event may hold.

use super::namespace::Namespaces;

/// The values of one standard field: bare words, or URIs of private vocabularies.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// What the field holds, for error messages.
    pub(super) name: &'static str,
    /// The bare words, sorted.
    words: &'static [&'static str],
    /// Where the words live on the web: this in front of a word is the same word.
    web: &'static str,
    /// The same for the URNs of EPCIS 1: the JSON binding wants the bare word instead.
    urn: &'static str,
    /// Beginnings of URIs that no private vocabulary may use.
    reserved: &'static [&'static str],
}

/// Word lists of the CBV keep their URNs and their old place on the web for themselves.
const CBV_RESERVED: &[&str] = &[
    "urn:epcglobal:cbv",
    "http://ns.gs1.org/cbv/",
    "https://ns.gs1.org/cbv/",
];
/// So does the GS1 Web Vocabulary.
const GS1_RESERVED: &[&str] = &[
    "http://gs1.org/voc/",
    "https://gs1.org/voc/",
    "http://www.gs1.org/voc/",
    "https://www.gs1.org/voc/",
];

impl Vocabulary {
    #[cfg(test)]
    pub(super) fn words(&self) -> &'static [&'static str] {
        self.words
    }

    pub(super) fn has_word(&self, text: &str) -> bool {
        self.words.binary_search(&text).is_ok()
    }

    /// Whether `text` begins like a URI that the vocabulary keeps for its own words.
    pub(super) fn is_reserved(&self, text: &str) -> bool {
        self.reserved.iter().any(|prefix| text.starts_with(prefix))
    }

    /// The bare word that stands for `text`, where it is one of this vocabulary's words written as
    /// URI; for error messages.
    pub(super) fn word_of_uri<'t>(&self, text: &'t str) -> Option<&'t str> {
        let word = text.strip_prefix(self.web).or_else(|| match self.urn {
            "" => text.rsplit_once('/').map(|(_, word)| word),
            urn => text.strip_prefix(urn),
        })?;
        self.has_word(word).then_some(word)
    }

    /// The full URI of a word, as the event hash wants it; other text with its prefix expanded.
    pub(super) fn expand(&self, text: &str, namespaces: &Namespaces<'_>) -> String {
        if self.has_word(text) {
            return format!("{}{text}", self.web);
        }
        let uri = namespaces.expand_value(text);
        match uri.strip_prefix(self.urn) {
            Some(word) if !self.urn.is_empty() => format!("{}{word}", self.web),
            _ => uri.into_owned(),
        }
    }

    /// The bare word where there is one, else the full URI: two spellings become one.
    pub(super) fn normalise(&self, text: &str, namespaces: &Namespaces<'_>) -> String {
        let uri = self.expand(text, namespaces);
        match uri.strip_prefix(self.web) {
            Some(word) if self.has_word(word) => word.to_owned(),
            _ => uri,
        }
    }
}

/// CBV 2.0 section 7.1.
pub(super) static BUSINESS_STEP: Vocabulary = Vocabulary {
    name: "business step",
    words: &[
        "accepting",
        "arriving",
        "assembling",
        "collecting",
        "commissioning",
        "consigning",
        "creating_class_instance",
        "cycle_counting",
        "decommissioning",
        "departing",
        "destroying",
        "disassembling",
        "dispensing",
        "encoding",
        "entering_exiting",
        "holding",
        "inspecting",
        "installing",
        "killing",
        "loading",
        "other",
        "packing",
        "picking",
        "receiving",
        "removing",
        "repackaging",
        "repairing",
        "replacing",
        "reserving",
        "retail_selling",
        "sampling",
        "sensor_reporting",
        "shipping",
        "staging_outbound",
        "stock_taking",
        "stocking",
        "storing",
        "transporting",
        "unloading",
        "unpacking",
        "void_shipping",
    ],
    web: "https://ref.gs1.org/cbv/BizStep-",
    urn: "urn:epcglobal:cbv:bizstep:",
    reserved: CBV_RESERVED,
};

/// CBV 2.0 section 7.2.
pub(super) static DISPOSITION: Vocabulary = Vocabulary {
    name: "disposition",
    words: &[
        "active",
        "available",
        "completeness_inferred",
        "completeness_verified",
        "conformant",
        "container_closed",
        "container_open",
        "damaged",
        "destroyed",
        "dispensed",
        "disposed",
        "encoded",
        "expired",
        "in_progress",
        "in_transit",
        "inactive",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "partially_dispensed",
        "recalled",
        "reserved",
        "retail_sold",
        "returned",
        "sellable_accessible",
        "sellable_not_accessible",
        "stolen",
        "unavailable",
        "unknown",
    ],
    web: "https://ref.gs1.org/cbv/Disp-",
    urn: "urn:epcglobal:cbv:disp:",
    reserved: CBV_RESERVED,
};

/// CBV 2.0 section 7.3.
pub(super) static BUSINESS_TRANSACTION: Vocabulary = Vocabulary {
    name: "business transaction type",
    words: &[
        "bol",
        "cert",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
        "testprd",
        "testres",
        "upevt",
    ],
    web: "https://ref.gs1.org/cbv/BTT-",
    urn: "urn:epcglobal:cbv:btt:",
    reserved: CBV_RESERVED,
};

/// CBV 2.0 section 7.4.
pub(super) static SOURCE_DESTINATION: Vocabulary = Vocabulary {
    name: "source or destination type",
    words: &["location", "owning_party", "possessing_party"],
    web: "https://ref.gs1.org/cbv/SDT-",
    urn: "urn:epcglobal:cbv:sdt:",
    reserved: CBV_RESERVED,
};

/// CBV 2.0 section 7.5.
pub(super) static ERROR_REASON: Vocabulary = Vocabulary {
    name: "error reason",
    words: &["did_not_occur", "incorrect_data"],
    web: "https://ref.gs1.org/cbv/ER-",
    urn: "urn:epcglobal:cbv:er:",
    reserved: CBV_RESERVED,
};

/// CBV 2.0 section 7.7.
pub(super) static COMPONENT: Vocabulary = Vocabulary {
    name: "component",
    words: &[
        "altitude",
        "axial_distance",
        "azimuth",
        "easting",
        "elevation_angle",
        "height",
        "latitude",
        "longitude",
        "northing",
        "polar_angle",
        "spherical_radius",
        "x",
        "y",
        "z",
    ],
    web: "https://ref.gs1.org/cbv/Comp-",
    urn: "urn:epcglobal:cbv:comp:",
    reserved: CBV_RESERVED,
};

/// the GS1 Web Vocabulary.
pub(super) static MEASUREMENT: Vocabulary = Vocabulary {
    name: "measurement type",
    words: &[
        "AbsoluteHumidity",
        "AbsorbedDose",
        "AbsorbedDoseRate",
        "Acceleration",
        "Altitude",
        "AmountOfSubstance",
        "AmountOfSubstancePerUnitVolume",
        "Angle",
        "AngularAcceleration",
        "AngularMomentum",
        "AngularVelocity",
        "Area",
        "Capacitance",
        "Conductance",
        "Conductivity",
        "Count",
        "Density",
        "Dimensionless",
        "DoseEquivalent",
        "DoseEquivalentRate",
        "DynamicViscosity",
        "ElectricCharge",
        "ElectricCurrent",
        "ElectricCurrentDensity",
        "ElectricFieldStrength",
        "Energy",
        "Exposure",
        "Force",
        "Frequency",
        "Illuminance",
        "Inductance",
        "Irradiance",
        "KinematicViscosity",
        "Length",
        "LinearMomentum",
        "Luminance",
        "LuminousFlux",
        "LuminousIntensity",
        "MagneticFlux",
        "MagneticFluxDensity",
        "MagneticVectorPotential",
        "Mass",
        "MassConcentration",
        "MassFlowRate",
        "MassPerAreaTime",
        "MemoryCapacity",
        "MolalityOfSolute",
        "MolarEnergy",
        "MolarMass",
        "MolarVolume",
        "Power",
        "Pressure",
        "RadiantFlux",
        "RadiantIntensity",
        "Radioactivity",
        "RelativeHumidity",
        "Resistance",
        "Resistivity",
        "SolidAngle",
        "SpecificVolume",
        "Speed",
        "SurfaceDensity",
        "SurfaceTension",
        "Temperature",
        "Time",
        "Torque",
        "Voltage",
        "Volume",
        "VolumeFlowRate",
        "VolumeFraction",
        "VolumetricFlux",
        "Wavenumber",
    ],
    web: "https://gs1.org/voc/",
    urn: "",
    reserved: GS1_RESERVED,
};

/// the GS1 Web Vocabulary.
pub(super) static SENSOR_ALERT: Vocabulary = Vocabulary {
    name: "sensor alert type",
    words: &["ALARM_CONDITION", "ERROR_CONDITION"],
    web: "https://gs1.org/voc/",
    urn: "",
    reserved: GS1_RESERVED,
};
