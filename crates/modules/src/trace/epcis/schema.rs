//! What the standard allows in which field, as tables (EPCIS 2.0 sections 7 and 10).
//!
//! A [`Shape`] lists the fields of an object, a [`Rule`] says what a field may hold;
//! [`check`](super::check) walks a document along them.

use super::vocabulary::{
    BUSINESS_STEP, BUSINESS_TRANSACTION, COMPONENT, DISPOSITION, ERROR_REASON, MEASUREMENT,
    SENSOR_ALERT, SOURCE_DESTINATION, Vocabulary,
};

/// What a field may hold.
#[derive(Debug)]
pub(super) enum Rule {
    /// A string.
    Text,
    /// A string of digits and dots, such as `2.0`.
    Version,
    /// An absolute URI.
    Uri,
    /// An absolute URI or a blank node.
    Id,
    /// A point in time.
    Time,
    /// A time zone offset such as `+08:00`.
    Offset,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Hexadecimal digits.
    Hexadecimal,
    /// A unit code: two or three capitals or digits.
    Unit,
    /// `ADD`, `OBSERVE` or `DELETE`.
    Action,
    /// A word of a vocabulary, or a URI of a private one.
    Word(&'static Vocabulary),
    /// One URI or a list of them.
    UriOrUris,
    /// The `@context` of JSON-LD.
    Context,
    /// A number, a string or an object.
    MasterDataValue,
    /// An array.
    List(&'static List),
    /// An object.
    Object(&'static Shape),
    /// An event, whose `type` says which shape it has.
    Event,
}

/// What an array may hold.
#[derive(Debug)]
pub(super) struct List {
    pub(super) of: Rule,
    pub(super) at_least: usize,
    /// No string may appear twice.
    pub(super) unique: bool,
}

/// What an object may hold.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) fields: &'static [&'static [Field]],
    pub(super) others: Others,
}

/// One field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    pub(super) required: bool,
}

/// Which fields besides those listed an object may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// None.
    Refused,
    /// Those of a private vocabulary: the name is a URI, mostly shortened by a prefix.
    Extensions,
    /// All.
    Any,
}

impl Shape {
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == name)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }
}

const fn optional(name: &'static str, rule: Rule) -> Field {
    Field {
        name,
        rule,
        required: false,
    }
}

const fn required(name: &'static str, rule: Rule) -> Field {
    Field {
        name,
        rule,
        required: true,
    }
}

const fn list(of: Rule) -> List {
    List {
        of,
        at_least: 0,
        unique: false,
    }
}

static URIS: List = list(Rule::Uri);
static UNIQUE_URIS: List = List {
    of: Rule::Uri,
    at_least: 0,
    unique: true,
};
static IDS: List = list(Rule::Id);
static EVENTS: List = list(Rule::Event);
static QUANTITIES: List = list(Rule::Object(&QUANTITY));
static BUSINESS_TRANSACTIONS: List = list(Rule::Object(&BUSINESS_TRANSACTION_ENTRY));
static SOME_BUSINESS_TRANSACTIONS: List = List {
    of: Rule::Object(&BUSINESS_TRANSACTION_ENTRY),
    at_least: 1,
    unique: false,
};
static SOURCES: List = list(Rule::Object(&SOURCE));
static DESTINATIONS: List = list(Rule::Object(&DESTINATION));
static SENSOR_ELEMENTS: List = list(Rule::Object(&SENSOR_ELEMENT));
static SENSOR_REPORTS: List = List {
    of: Rule::Object(&SENSOR_REPORT),
    at_least: 1,
    unique: false,
};
static DISPOSITIONS: List = List {
    of: Rule::Word(&DISPOSITION),
    at_least: 1,
    unique: true,
};
static VOCABULARIES: List = list(Rule::Object(&MASTER_VOCABULARY));
static VOCABULARY_ELEMENTS: List = list(Rule::Object(&MASTER_ELEMENT));
static ATTRIBUTES: List = list(Rule::Object(&MASTER_ATTRIBUTE));

/// `EPCISDocument`.
pub(super) static DOCUMENT: Shape = Shape {
    fields: &[&[
        required("@context", Rule::Context),
        optional("id", Rule::Id),
        required("type", Rule::Text),
        required("schemaVersion", Rule::Version),
        required("creationDate", Rule::Time),
        optional("instanceIdentifier", Rule::Text),
        optional("sender", Rule::Text),
        optional("receiver", Rule::Text),
        optional("epcisHeader", Rule::Object(&HEADER)),
        required("epcisBody", Rule::Object(&BODY)),
    ]],
    others: Others::Extensions,
};

/// `EPCISQueryDocument`.
pub(super) static QUERY_DOCUMENT: Shape = Shape {
    fields: &[&[
        required("@context", Rule::Context),
        optional("id", Rule::Id),
        required("type", Rule::Text),
        optional("schemaVersion", Rule::Version),
        optional("creationDate", Rule::Time),
        required("epcisBody", Rule::Object(&QUERY_BODY)),
    ]],
    others: Others::Extensions,
};

static BODY: Shape = Shape {
    fields: &[&[required("eventList", Rule::List(&EVENTS))]],
    others: Others::Any,
};

static QUERY_BODY: Shape = Shape {
    fields: &[&[required("queryResults", Rule::Object(&QUERY_RESULTS))]],
    others: Others::Extensions,
};

static QUERY_RESULTS: Shape = Shape {
    fields: &[&[
        required("queryName", Rule::Text),
        optional("subscriptionID", Rule::Text),
        required("resultsBody", Rule::Object(&RESULTS_BODY)),
    ]],
    others: Others::Extensions,
};

static RESULTS_BODY: Shape = Shape {
    fields: &[&[
        required("eventList", Rule::List(&EVENTS)),
        optional("vocabularyList", Rule::List(&VOCABULARIES)),
    ]],
    others: Others::Extensions,
};

static HEADER: Shape = Shape {
    fields: &[&[optional("epcisMasterData", Rule::Object(&MASTER_DATA))]],
    others: Others::Extensions,
};

static MASTER_DATA: Shape = Shape {
    fields: &[&[optional("vocabularyList", Rule::List(&VOCABULARIES))]],
    others: Others::Any,
};

static MASTER_VOCABULARY: Shape = Shape {
    fields: &[&[
        required("type", Rule::Uri),
        optional("vocabularyElementList", Rule::List(&VOCABULARY_ELEMENTS)),
    ]],
    others: Others::Any,
};

static MASTER_ELEMENT: Shape = Shape {
    fields: &[&[
        required("id", Rule::Uri),
        optional("attributes", Rule::List(&ATTRIBUTES)),
        optional("children", Rule::List(&URIS)),
    ]],
    others: Others::Any,
};

static MASTER_ATTRIBUTE: Shape = Shape {
    fields: &[&[
        required("id", Rule::Uri),
        optional("attribute", Rule::MasterDataValue),
    ]],
    others: Others::Any,
};

/// Fields of every event.
static COMMON: &[Field] = &[
    optional("@context", Rule::Context),
    required("type", Rule::Text),
    required("eventTime", Rule::Time),
    optional("recordTime", Rule::Time),
    required("eventTimeZoneOffset", Rule::Offset),
    optional("eventID", Rule::Id),
    optional("certificationInfo", Rule::UriOrUris),
    optional("errorDeclaration", Rule::Object(&ERROR_DECLARATION)),
];

/// Fields of the five event types: why, where and how.
static CONTEXTUAL: &[Field] = &[
    optional("bizStep", Rule::Word(&BUSINESS_STEP)),
    optional("disposition", Rule::Word(&DISPOSITION)),
    optional("readPoint", Rule::Object(&PLACE)),
    optional("bizLocation", Rule::Object(&PLACE)),
    optional("sourceList", Rule::List(&SOURCES)),
    optional("destinationList", Rule::List(&DESTINATIONS)),
    optional("sensorElementList", Rule::List(&SENSOR_ELEMENTS)),
];

/// Fields of events that may begin the life of objects.
static ORIGINATING: &[Field] = &[
    optional(
        "persistentDisposition",
        Rule::Object(&PERSISTENT_DISPOSITION),
    ),
    optional("bizTransactionList", Rule::List(&BUSINESS_TRANSACTIONS)),
    optional("ilmd", Rule::Object(&ILMD)),
];

/// `ObjectEvent`.
pub(super) static OBJECT_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CONTEXTUAL,
        ORIGINATING,
        &[
            required("action", Rule::Action),
            optional("epcList", Rule::List(&UNIQUE_URIS)),
            optional("quantityList", Rule::List(&QUANTITIES)),
        ],
    ],
    others: Others::Extensions,
};

/// `AggregationEvent`.
pub(super) static AGGREGATION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CONTEXTUAL,
        &[
            required("action", Rule::Action),
            optional("parentID", Rule::Uri),
            optional("childEPCs", Rule::List(&URIS)),
            optional("childQuantityList", Rule::List(&QUANTITIES)),
            optional("bizTransactionList", Rule::List(&BUSINESS_TRANSACTIONS)),
        ],
    ],
    others: Others::Extensions,
};

/// `AssociationEvent`.
pub(super) static ASSOCIATION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CONTEXTUAL,
        &[
            required("action", Rule::Action),
            required("parentID", Rule::Uri),
            optional("childEPCs", Rule::List(&URIS)),
            optional("childQuantityList", Rule::List(&QUANTITIES)),
            optional("bizTransactionList", Rule::List(&BUSINESS_TRANSACTIONS)),
        ],
    ],
    others: Others::Extensions,
};

/// `TransactionEvent`.
pub(super) static TRANSACTION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CONTEXTUAL,
        &[
            required("action", Rule::Action),
            required(
                "bizTransactionList",
                Rule::List(&SOME_BUSINESS_TRANSACTIONS),
            ),
            optional("parentID", Rule::Uri),
            optional("epcList", Rule::List(&URIS)),
            optional("quantityList", Rule::List(&QUANTITIES)),
        ],
    ],
    others: Others::Extensions,
};

/// `TransformationEvent`.
pub(super) static TRANSFORMATION_EVENT: Shape = Shape {
    fields: &[
        COMMON,
        CONTEXTUAL,
        ORIGINATING,
        &[
            optional("inputEPCList", Rule::List(&UNIQUE_URIS)),
            optional("inputQuantityList", Rule::List(&QUANTITIES)),
            optional("outputEPCList", Rule::List(&UNIQUE_URIS)),
            optional("outputQuantityList", Rule::List(&QUANTITIES)),
            optional("transformationID", Rule::Uri),
        ],
    ],
    others: Others::Extensions,
};

/// An event type of a private vocabulary.
pub(super) static EXTENDED_EVENT: Shape = Shape {
    fields: &[COMMON],
    others: Others::Any,
};

static ERROR_DECLARATION: Shape = Shape {
    fields: &[&[
        required("declarationTime", Rule::Time),
        optional("reason", Rule::Word(&ERROR_REASON)),
        optional("correctiveEventIDs", Rule::List(&IDS)),
    ]],
    others: Others::Extensions,
};

static PERSISTENT_DISPOSITION: Shape = Shape {
    fields: &[&[
        optional("set", Rule::List(&DISPOSITIONS)),
        optional("unset", Rule::List(&DISPOSITIONS)),
    ]],
    others: Others::Refused,
};

static QUANTITY: Shape = Shape {
    fields: &[&[
        required("epcClass", Rule::Uri),
        optional("quantity", Rule::Number),
        optional("uom", Rule::Unit),
    ]],
    others: Others::Refused,
};

static BUSINESS_TRANSACTION_ENTRY: Shape = Shape {
    fields: &[&[
        optional("type", Rule::Word(&BUSINESS_TRANSACTION)),
        required("bizTransaction", Rule::Uri),
    ]],
    others: Others::Refused,
};

static SOURCE: Shape = Shape {
    fields: &[&[
        required("type", Rule::Word(&SOURCE_DESTINATION)),
        required("source", Rule::Uri),
    ]],
    others: Others::Refused,
};

static DESTINATION: Shape = Shape {
    fields: &[&[
        required("type", Rule::Word(&SOURCE_DESTINATION)),
        required("destination", Rule::Uri),
    ]],
    others: Others::Refused,
};

static PLACE: Shape = Shape {
    fields: &[&[required("id", Rule::Uri)]],
    others: Others::Any,
};

static ILMD: Shape = Shape {
    fields: &[],
    others: Others::Extensions,
};

static SENSOR_ELEMENT: Shape = Shape {
    fields: &[&[
        optional("sensorMetadata", Rule::Object(&SENSOR_METADATA)),
        required("sensorReport", Rule::List(&SENSOR_REPORTS)),
    ]],
    others: Others::Extensions,
};

static SENSOR_METADATA: Shape = Shape {
    fields: &[&[
        optional("time", Rule::Time),
        optional("startTime", Rule::Time),
        optional("endTime", Rule::Time),
        optional("deviceID", Rule::Uri),
        optional("deviceMetadata", Rule::Uri),
        optional("rawData", Rule::Uri),
        optional("dataProcessingMethod", Rule::Uri),
        optional("bizRules", Rule::Uri),
    ]],
    others: Others::Extensions,
};

static SENSOR_REPORT: Shape = Shape {
    fields: &[&[
        required("type", Rule::Word(&MEASUREMENT)),
        optional("exception", Rule::Word(&SENSOR_ALERT)),
        optional("deviceID", Rule::Uri),
        optional("deviceMetadata", Rule::Uri),
        optional("rawData", Rule::Uri),
        optional("dataProcessingMethod", Rule::Uri),
        optional("bizRules", Rule::Uri),
        optional("time", Rule::Time),
        optional("microorganism", Rule::Uri),
        optional("chemicalSubstance", Rule::Uri),
        optional("coordinateReferenceSystem", Rule::Uri),
        optional("value", Rule::Number),
        optional("component", Rule::Word(&COMPONENT)),
        optional("stringValue", Rule::Text),
        optional("booleanValue", Rule::Boolean),
        optional("hexBinaryValue", Rule::Hexadecimal),
        optional("uriValue", Rule::Uri),
        optional("minValue", Rule::Number),
        optional("maxValue", Rule::Number),
        optional("meanValue", Rule::Number),
        optional("sDev", Rule::Number),
        optional("percRank", Rule::Number),
        optional("percValue", Rule::Number),
        optional("uom", Rule::Text),
    ]],
    others: Others::Extensions,
};
