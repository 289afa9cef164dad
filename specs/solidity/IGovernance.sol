// SPDX-License-Identifier: Apache-2.0
// Generated from crates/modules; do not edit.
pragma solidity ^0.8.24;

/// How the member organisations decide: proposals, votes, and what a passed proposal changes.
///
/// Times are milliseconds since 1970-01-01T00:00:00Z. Fractions are basis points (1/10,000).
/// Cursors begin at 0; the `next` of a page is the cursor of the next one, and 0 after the
/// last. A `limit` of 0, or one above 256, means 256. Every proposal needs a `reason` of 1 to
/// 1024 bytes.
interface IGovernance {
    /// What is decided; each has its own rule.
    enum Kind {
        None, Admission, Suspension, Restoration, Removal,
        ValidatorAddition, ValidatorRemoval, ValidatorRotation,
        Parameter, RegulatorAppointment, RegulatorDismissal, ReviewAuthority,
        ContractFreeze, ContractRelease, Quota, Allowance,
        CalendarYear, TimeZone, Upgrade, Rule, Weight, PolicyRule, ContractOrganisation
    }

    /// Where a proposal is. `Passed`: decided, waiting for its effect. `Expired`: the voting
    /// period ended without the quorum. `Failed`: passed, but refused when it was to take
    /// effect; the proposal keeps the error. All but `Voting` and `Passed` are final.
    enum State {
        None, Voting, Passed, Executed, Rejected, Expired, Vetoed, Failed, Withdrawn
    }

    /// A vote. `Veto` counts as `No` too.
    enum Choice { None, Yes, No, Abstain, Veto }

    /// What can be changed of the chain's parameters; a flag is 0 or 1. The length of an epoch
    /// cannot: every proof counts in it.
    enum Parameter {
        None, BlockGasLimit, TransactionGasLimit, TraceStrict, MembersOnly,
        MemberGasPerBlock, MemberGasPerDay, MemberBytesPerBlock, MemberBytesPerDay,
        JobGasPerBlock, JobGasPerDay
    }

    /// How a kind is decided.
    struct Rule {
        /// Organisation kinds that vote: bit n is `IIdentity.OrganisationKind` n; 0 is every
        /// active member.
        uint16 voterKinds;
        /// Whether the members' weights count; otherwise each organisation counts one.
        bool weighted;
        /// Share of the electorate that must have voted, abstentions included.
        uint16 quorum;
        /// Share of yes in yes and no together, at least.
        uint16 threshold;
        /// How long the vote is open.
        uint64 votingPeriod;
        /// How long after the decision it takes effect.
        uint64 delay;
        /// Organisation kinds that may veto, as `voterKinds`; 0 is every voter.
        uint16 vetoKinds;
        /// Vetoes that defeat the proposal at once; 0 where there is no veto.
        uint16 vetoes;
    }

    /// A rule of the whole chain, as `IPolicy.Rule`; `subject` is an `IPolicy.Subject`.
    struct PolicyRule {
        address target;
        bool hasSelector;
        bytes4 selector;
        uint8 subject;
        uint64 organisation;
        uint8 role;
        uint8 allow;
        uint8 deny;
    }

    /// Weights of the votes of organisations that are active now; once the vote is decided,
    /// those of the decision.
    struct Tally {
        uint64 electorate;
        uint64 yes;
        uint64 no;
        uint64 abstain;
        /// Organisations that vetoed.
        uint32 vetoes;
    }

    /// What lists show.
    struct Summary {
        uint64 id;
        Kind kind;
        State state;
        /// Organisation and account that proposed.
        uint64 organisation;
        address proposer;
        /// Block time and height of the proposal.
        uint64 made;
        uint64 height;
        /// End of the voting period.
        uint64 ends;
        /// When a passed proposal takes effect; 0 before it passed.
        uint64 due;
        /// When it reached its final state; 0 before.
        uint64 closed;
    }

    /// Everything about a proposal.
    struct Proposal {
        Summary summary;
        /// The call of this interface that proposed it, arguments and reason included.
        bytes action;
        Rule rule;
        Tally tally;
        /// The error that refused the effect of a `Failed` one.
        bytes failure;
    }

    /// The vote of an organisation; `choice` is `None` where it has not voted.
    struct Ballot {
        uint64 organisation;
        uint32 weight;
        Choice choice;
        address voter;
        uint64 time;
        /// Whether the organisation is active now, so that its vote counts.
        bool counts;
    }

    /// A validator's key, as the chain's signature scheme encodes it.
    struct Validator {
        bytes key;
        /// Who operates it; 0 where the chain spec named nobody.
        uint64 organisation;
        /// Height since which it is decided.
        uint64 since;
        /// False while its organisation is suspended.
        bool active;
        /// Where it listens for its peers, as host:port; empty where nobody said.
        string peerAddress;
    }

    /// What a validator did: two votes of its key in one view that no honest validator casts
    /// both.
    enum FaultKind { None, ConflictingNotarize, ConflictingFinalize, NullifyFinalize }

    /// A validator's fault.
    struct Fault {
        /// The validator's key.
        bytes key;
        /// Its organisation when the fault was reported; 0 for none.
        uint64 organisation;
        FaultKind kind;
        uint64 epoch;
        uint64 viewNumber;
        /// Account that reported it, or the address of the leader in whose block the chain did.
        address reporter;
        /// Block height and time of the report.
        uint64 height;
        uint64 time;
        /// Both votes with their signatures, which prove the fault by themselves.
        bytes evidence;
    }

    /// A member organisation.
    struct Member {
        uint64 organisation;
        uint32 weight;
        bool active;
    }

    /// The rules that execution follows, as in the chain spec.
    struct Parameters {
        uint64 blockGasLimit;
        uint64 transactionGasLimit;
        bool traceStrict;
        bool membersOnly;
        uint64 memberGasPerBlock;
        uint64 memberGasPerDay;
        uint64 memberBytesPerBlock;
        uint64 memberBytesPerDay;
        uint64 jobGasPerBlock;
        uint64 jobGasPerDay;
        uint64 epochLength;
    }

    /// Proposes to admit an organisation (`IIdentity.OrganisationKind`).
    function proposeAdmission(
        string calldata name, uint8 organisationKind, string calldata jurisdiction,
        address[] calldata administrators, string calldata reason
    ) external returns (uint64 id);

    /// Proposes to suspend an organisation: its members and validators rest. It does not vote
    /// on that itself.
    function proposeSuspension(uint64 organisation, string calldata reason)
        external returns (uint64 id);

    /// Proposes to end a suspension.
    function proposeRestoration(uint64 organisation, string calldata reason)
        external returns (uint64 id);

    /// Proposes to remove an organisation and its validators for ever. It does not vote on that
    /// itself.
    function proposeRemoval(uint64 organisation, string calldata reason)
        external returns (uint64 id);

    /// Proposes a new validator of an organisation. `peerAddress` is where it listens for its
    /// peers, as host:port; it may be empty and be set later.
    function proposeValidator(
        uint64 organisation, bytes calldata key, string calldata peerAddress,
        string calldata reason
    ) external returns (uint64 id);

    /// Proposes to remove a validator.
    function proposeValidatorRemoval(bytes calldata key, string calldata reason)
        external returns (uint64 id);

    /// Proposes a new key for a validator, and where it listens from then on; an empty
    /// `peerAddress` keeps the present one.
    function proposeValidatorRotation(
        bytes calldata oldKey, bytes calldata newKey, string calldata peerAddress,
        string calldata reason
    ) external returns (uint64 id);

    /// Proposes a value for a parameter.
    function proposeParameter(Parameter parameter, uint64 value, string calldata reason)
        external returns (uint64 id);

    /// Proposes to appoint a regulator (`IPolicy.appointRegulator`).
    function proposeRegulator(
        uint64 organisation, string calldata jurisdiction, uint256 powers, uint64 until,
        string calldata reason
    ) external returns (uint64 id);

    /// Proposes to dismiss a regulator (`IPolicy.dismissRegulator`).
    function proposeRegulatorDismissal(uint64 regulator, string calldata reason)
        external returns (uint64 id);

    /// Proposes who reviews challenged orders (`IPolicy.setReviewAuthority`).
    function proposeReviewAuthority(
        uint64 organisation, string calldata jurisdiction, string calldata reason
    ) external returns (uint64 id);

    /// Proposes to freeze a contract. Modules cannot be frozen.
    function proposeContractFreeze(address target, string calldata reason)
        external returns (uint64 id);

    /// Proposes to release a frozen contract.
    function proposeContractRelease(address target, string calldata reason)
        external returns (uint64 id);

    /// Proposes a rule of the whole chain (`IPolicy.setRule`). No rule reaches the modules by
    /// which members decide.
    function proposePolicyRule(PolicyRule calldata rule, string calldata reason)
        external returns (uint64 id);

    /// Proposes which organisation answers for a contract; 0 for none.
    function proposeContractOrganisation(
        address target, uint64 organisation, string calldata reason
    ) external returns (uint64 id);

    /// Proposes an organisation's quota (`IPolicy.Quota`).
    function proposeQuota(
        uint64 organisation, uint64 gasPerBlock, uint64 gasPerDay, uint64 bytesPerBlock,
        uint64 bytesPerDay, string calldata reason
    ) external returns (uint64 id);

    /// Proposes an organisation's gas allowance for jobs.
    function proposeAllowance(uint64 organisation, uint64 gasPerDay, string calldata reason)
        external returns (uint64 id);

    /// Proposes the working days of a calendar's year: bit n is day n of the year, from 0.
    function proposeCalendarYear(
        string calldata calendar, uint16 year, uint256[2] calldata workingDays,
        string calldata reason
    ) external returns (uint64 id);

    /// Proposes a time zone's rule from a time on, as POSIX TZ writes it.
    function proposeTimeZone(
        string calldata name, string calldata posixRule, uint64 from, string calldata reason
    ) external returns (uint64 id);

    /// Proposes that protocol `version` holds from `height` on. The version is the present one
    /// plus 1; a later proposal may move the height, and the present version with height 0
    /// calls the upgrade off.
    function proposeUpgrade(uint32 version, uint64 height, string calldata reason)
        external returns (uint64 id);

    /// Proposes another rule for a kind.
    function proposeRule(Kind kind, Rule calldata rule, string calldata reason)
        external returns (uint64 id);

    /// Proposes an organisation's weight in weighted votes; 0 takes it out of them.
    function proposeWeight(uint64 organisation, uint32 weight, string calldata reason)
        external returns (uint64 id);

    /// Votes in the name of the caller's organisation. A vote stands. Where it settles the
    /// outcome, the proposal is decided at once.
    function vote(uint64 id, Choice choice) external returns (State state);

    /// Withdraws a proposal that is being voted on. Only by the organisation that made it.
    function withdraw(uint64 id) external;

    /// Counts the votes after the voting period. The chain does it by itself; anybody may.
    function close(uint64 id) external returns (State state);

    /// Lets a passed proposal take effect when it is due. The chain does it by itself; anybody
    /// may.
    function execute(uint64 id) external returns (State state);

    /// Says where a validator listens for its peers, as host:port; empty for nobody's
    /// knowledge. No vote is needed: an account of the validator's organisation with the
    /// permission to operate validators may. Where a validator has no organisation, only a
    /// rotation changes it.
    function setValidatorAddress(bytes calldata key, string calldata peerAddress) external;

    /// Records a validator's fault for ever. Anybody may report; validators do it by themselves
    /// in the blocks that they lead. Nobody is punished by it: whether a validator is removed,
    /// the members vote.
    function reportFault(bytes calldata evidence) external;

    /// One proposal.
    function proposal(uint64 id) external view returns (Proposal memory proposal);

    /// Proposals in a state, newest first; `None` is every state. A page looks at 1024
    /// proposals at most, so it can be short before the end.
    function proposals(State state, uint256 cursor, uint256 limit)
        external view returns (Summary[] memory list, uint256 next);

    /// Proposals that are not final, in no order.
    function openProposals(uint256 cursor, uint256 limit)
        external view returns (Summary[] memory list, uint256 next);

    /// The electorate of a proposal and its votes.
    function ballots(uint64 id, uint256 cursor, uint256 limit)
        external view returns (Ballot[] memory list, uint256 next);

    /// The rule of a kind.
    function rule(Kind kind) external view returns (Rule memory rule);

    /// Member organisations, suspended ones included.
    function members(uint256 cursor, uint256 limit)
        external view returns (Member[] memory list, uint256 next);

    /// Validators that the members decided; consensus takes the active ones at the next epoch.
    function validators(uint256 cursor, uint256 limit)
        external view returns (Validator[] memory list, uint256 next);

    /// Faults of validators, in the order of their reports.
    function faults(uint256 cursor, uint256 limit)
        external view returns (Fault[] memory list, uint256 next);

    /// The chain's fingerprint, to which every vote of a validator is bound.
    function anchor() external view returns (bytes32 anchor);

    /// The parameters that the next block follows.
    function parameters() external view returns (Parameters memory values);

    /// The protocol version of this height, and the upgrade that is decided: from `height` on
    /// `next` holds; both are 0 where there is none.
    function protocolVersion()
        external view returns (uint32 version, uint32 next, uint64 height);

    /// A proposal was made.
    event ProposalMade(
        uint64 indexed id, Kind indexed kind, uint64 indexed organisation, address proposer,
        uint64 ends, bytes action
    );
    /// An organisation voted.
    event VoteCast(
        uint64 indexed id, uint64 indexed organisation, address indexed voter, Choice choice,
        uint32 weight
    );
    /// The voting ended. `due` is when it takes effect, 0 where it does not.
    event ProposalDecided(uint64 indexed id, State state, Tally tally, uint64 due);
    /// It took effect.
    event ProposalExecuted(uint64 indexed id, Kind indexed kind);
    /// It passed and was refused when it was to take effect.
    event ProposalFailed(uint64 indexed id, Kind indexed kind, bytes failure);
    /// Its organisation withdrew it.
    event ProposalWithdrawn(uint64 indexed id, address account);
    /// A validator joined the registry.
    event ValidatorAdded(uint64 indexed organisation, bytes key);
    /// A validator left the registry.
    event ValidatorRemoved(uint64 indexed organisation, bytes key);
    /// A validator listens elsewhere.
    event ValidatorAddressChanged(
        uint64 indexed organisation, bytes key, string peerAddress
    );
    /// A validator was at fault, and this proves it.
    event FaultReported(
        bytes key, uint64 indexed organisation, uint64 epoch, uint64 viewNumber, FaultKind kind,
        address reporter
    );
    /// A parameter has another value.
    event ParameterChanged(Parameter indexed parameter, uint64 before, uint64 value);
    /// A kind has another rule.
    event RuleChanged(Kind indexed kind, Rule rule);
    /// An organisation has another weight.
    event WeightChanged(uint64 indexed organisation, uint32 before, uint32 weight);
    /// An upgrade was decided, moved or called off (height 0).
    event UpgradeChanged(uint32 version, uint64 height);

    /// The chain has no member organisations, so nothing can be proposed: name the first ones
    /// in the chain spec.
    error NoMembers();
    /// No such proposal.
    error UnknownProposal(uint64 id);
    /// The proposal is not being voted on.
    error NotVoting(uint64 id, State state);
    /// The voting period is over.
    error VotingEnded(uint64 id, uint64 ends, uint64 time);
    /// The organisation has voted.
    error AlreadyVoted(uint64 id, uint64 organisation, Choice choice);
    /// The organisation is not in the electorate of this proposal.
    error NotElector(uint64 id, uint64 organisation);
    /// A vote must be yes, no, abstain or veto.
    error ChoiceMissing(uint64 id);
    /// The rule gives this organisation no veto; vote no.
    error NoVeto(uint64 id, uint64 organisation);
    /// Too early: this happens at `due`.
    error TooEarly(uint64 id, uint64 due, uint64 time);
    /// The proposal has not passed, or has taken effect.
    error NotPassed(uint64 id, State state);
    /// Only the organisation that made a proposal may withdraw it.
    error NotProposer(uint64 id, uint64 proposer, uint64 organisation);
    /// A proposal needs a reason.
    error ReasonMissing();
    /// The organisation is not a member, or not in the state that the proposal needs.
    error NotMember(uint64 organisation);
    /// The organisation is suspended already.
    error AlreadySuspended(uint64 organisation);
    /// The organisation is not suspended.
    error NotSuspended(uint64 organisation);
    /// Nobody could decide proposals of this kind any more.
    error NobodyDecides(Kind kind);
    /// A field of the rule is out of its bounds.
    error RuleOutOfBounds(
        Kind kind, string field, uint256 value, uint256 minimum, uint256 maximum
    );
    /// The value is out of bounds: outside of them the chain could not decide any more, or a
    /// value contradicts another one.
    error ParameterOutOfBounds(
        Parameter parameter, uint256 value, uint256 minimum, uint256 maximum
    );
    /// There is no such kind or parameter.
    error NothingNamed();
    /// The proposal changes nothing.
    error Unchanged();
    /// The chain would have no validator left.
    error LastValidator();
    /// The bytes are no public key of the chain's signature scheme.
    error InvalidKey(bytes key, string reason);
    /// The key is a validator's already.
    error ValidatorExists(bytes key, uint64 organisation);
    /// No validator has this key.
    error UnknownValidator(bytes key);
    /// Only the organisation that operates the validator may do this; 0 is nobody, and then a
    /// proposal to rotate the key may.
    error NotOperator(bytes key, uint64 organisation);
    /// The text is no address for peers; write host:port, such as node.example.com:30303.
    error InvalidPeerAddress(string peerAddress, string reason);
    /// The bytes prove no fault.
    error InvalidFaultEvidence(string reason);
    /// This fault of this validator is recorded.
    error FaultKnown(bytes key, uint64 epoch, uint64 viewNumber, FaultKind kind);
    /// The chain does not know its own fingerprint: it has no block, or began before faults
    /// were recorded.
    error NoAnchor();
    /// Versions follow one another.
    error VersionOutOfOrder(uint32 version, uint32 expected);
    /// An upgrade needs notice.
    error UpgradeTooSoon(uint64 height, uint64 earliest);
    /// The module that this is for does not exist on this chain, or not yet.
    error NoSuchModule(address module);
    /// A module cannot be frozen: the chain could not decide any more.
    error NotFreezable(address target);
}
