// SPDX-License-Identifier: Apache-2.0
// Generated from crates/modules; do not edit.
pragma solidity ^0.8.24;

/// Organisations, their accounts, and what each account may do.
///
/// Organisations are numbered from 1; 0 is none. Times are milliseconds since
/// 1970-01-01T00:00:00Z. Cursors begin at 0; the `next` of a page is the cursor of the next
/// one, and 0 after the last. A `limit` of 0, or one above 256, means 256.
///
/// Consent is an EIP-712 signature of one of the structs `Membership`, `NewKey` and
/// `Objection`, under the domain name "Qiantang Identity", version "1", the chain's id and this
/// address: 65 bytes r, s, v. `nonce` is the account's `consentNonce`.
interface IIdentity {
    /// What an organisation is.
    enum OrganisationKind {
        None, Bank, Enterprise, Hospital, University, Court, Regulator, Government, Insurer,
        Association, Other
    }

    /// `Suspended`: its accounts may do nothing until it is restored. `Removed`: for ever; its
    /// accounts may join others.
    enum OrganisationStatus { None, Active, Suspended, Removed }

    /// `None`: of no organisation. `Closed`: for ever.
    enum AccountStatus { None, Active, Suspended, Closed }

    /// `Own`: the account's own key signs for it. `Revoked`: what this address's key signs is
    /// refused. `Signer`: this address is the key of another account and acts as that one.
    enum KeyState { Own, Revoked, Signer }

    /// Permissions by their bit. 15 to 127 are reserved, 128 to 255 belong to the organisation.
    /// `Submit`: act for the organisation in business modules.
    enum Permission {
        ManageMembers, ManageRoles, RecoverAccounts, Submit, Check, Approve, Schedule, Propose,
        Vote, Audit, Regulate, OperateValidator, ManagePolicy, Deploy, ManageAllowances
    }

    /// How a recovery ended. `Voided`: the account rotated its key, left or was closed.
    enum RecoveryOutcome { None, Finished, Objected, Withdrawn, Expired, Voided }

    /// Signed by an account's present key to join an organisation.
    struct Membership {
        uint64 organisation;
        address account;
        uint64 nonce;
        uint64 deadline;
    }

    /// Signed by a key to become the key of an account.
    struct NewKey {
        address account;
        address newKey;
        uint64 nonce;
        uint64 deadline;
    }

    /// Signed by an account's present key against its recovery, where it cannot send.
    struct Objection {
        address account;
        uint64 nonce;
    }

    /// What is known about an organisation.
    struct Organisation {
        uint64 number;
        /// The address that stands for it in business modules; it has no key and no code.
        address party;
        string name;
        OrganisationKind kind;
        /// ISO 3166 code, such as CN or CN-330100.
        string jurisdiction;
        OrganisationStatus status;
        uint64 members;
        /// Active accounts with the role administrator.
        uint32 administrators;
        uint64 admitted;
        /// Approvals that a recovery needs; 0 is a majority of the administrators.
        uint8 recoveryVotes;
        /// Milliseconds in which the owner can object.
        uint64 recoveryDelay;
        /// Weaker rules that have been announced, and when they begin to hold; 0 for none.
        uint8 nextRecoveryVotes;
        uint64 nextRecoveryDelay;
        uint64 nextRecoveryFrom;
    }

    /// What is known about an account.
    struct Account {
        address account;
        uint64 organisation;
        AccountStatus status;
        /// The account and its organisation are active.
        bool active;
        uint8 level;
        /// An order of a regulator concerns it.
        bool restricted;
        KeyState key;
        /// The account that this address signs for, while it is a key.
        address signerFor;
        /// The key that signs for the account now.
        address currentKey;
        uint8[] roles;
        /// What its roles allow, whether it is active or not.
        uint256 permissions;
        /// Salted hash of attributes that are kept off the chain.
        bytes32 attributesHash;
        uint64 joined;
        uint64 changed;
        uint64 consentNonce;
    }

    /// A role: 1 administrator, 2 operator, 3 auditor, 4 regulator, 5 validator operator; 16 to
    /// 79 are made by the organisation.
    struct Role {
        uint8 number;
        string name;
        uint256 permissions;
        /// Accounts that hold it; 0 for built-in roles, which are not counted.
        uint32 holders;
    }

    /// A recovery under way.
    struct Recovery {
        address account;
        address newKey;
        address[] approvals;
        uint8 needed;
        uint64 proposed;
        /// When it can be finished; 0 while approvals are missing.
        uint64 ready;
        uint64 expires;
    }

    /// What a DID document says about an account or an organisation.
    struct DidSubject {
        string did;
        bool found;
        bool isOrganisation;
        /// The account is closed, or the organisation removed.
        bool deactivated;
        uint64 organisation;
        string organisationName;
        /// DID of the account's organisation; empty where there is none.
        string controller;
        /// DIDs of an organisation's administrators, at most 64.
        string[] administrators;
        /// Addresses of the keys that sign for the account now.
        address[] keys;
        string[] roles;
        uint64 created;
        uint64 updated;
    }

    // ---- Decided by the members: only Governance calls these.

    /// Admits an organisation. The administrators belong to it from now on; none may belong to
    /// another.
    function admitOrganisation(
        string calldata name, OrganisationKind kind, string calldata jurisdiction,
        address[] calldata administrators
    ) external returns (uint64 organisation);

    /// Suspends an organisation until it is restored.
    function suspendOrganisation(uint64 organisation, string calldata reason) external;

    /// Restores a suspended organisation.
    function restoreOrganisation(uint64 organisation) external;

    /// Removes an organisation for ever.
    function removeOrganisation(uint64 organisation, string calldata reason) external;

    // ---- Members. Permission ManageMembers; nobody rules over an account, or gives a role,
    // that may do more than the caller, except administrators.

    /// Takes an account into the caller's organisation, with its consent.
    function addAccount(
        address account, uint8[] calldata roles, uint8 level,
        uint64 deadline, bytes calldata signature
    ) external;

    /// Makes an account one of no organisation.
    function removeAccount(address account) external;

    /// The caller leaves its organisation.
    function leaveOrganisation() external;

    /// Suspends an account until it is restored.
    function suspendAccount(address account, string calldata reason) external;

    /// Restores a suspended account.
    function restoreAccount(address account) external;

    /// Closes an account for ever.
    function closeAccount(address account, string calldata reason) external;

    /// Sets how well the organisation has verified who uses the account.
    function setLevel(address account, uint8 level) external;

    /// Sets the salted hash of attributes that are kept off the chain.
    function setAttributes(address account, bytes32 attributesHash) external;

    /// Gives an account a role; at most 16.
    function grantRole(address account, uint8 role) external;

    /// Takes a role from an account.
    function revokeRole(address account, uint8 role) external;

    // ---- Roles. Permission ManageRoles; only with permissions that the caller has.

    /// Makes a role; an organisation has at most 64.
    function createRole(string calldata name, uint256 permissions)
        external returns (uint8 role);

    /// Changes a role that the organisation made, for all who hold it.
    function changeRole(uint8 role, string calldata name, uint256 permissions) external;

    /// Removes a role that nobody holds. Its number may be given again.
    function removeRole(uint8 role) external;

    /// Names one of the permissions 128 to 255 for the organisation.
    function namePermission(uint8 permission, string calldata name) external;

    // ---- Keys.

    /// Makes another key the caller's, with that key's consent. The address stays.
    function rotateKey(address newKey, uint64 deadline, bytes calldata signature) external;

    /// Sets how many administrators recover an account (0: a majority) and how long its owner
    /// can object. Permission RecoverAccounts. Weaker rules begin after the present delay,
    /// except while the organisation has one account only.
    function setRecovery(uint8 votes, uint64 delay) external;

    /// Proposes another key for a member that lost its own, with the new key's consent.
    /// Permission RecoverAccounts; it counts as the first approval.
    function proposeRecovery(
        address account, address newKey, uint64 deadline, bytes calldata signature
    ) external;

    /// Approves a recovery. Permission RecoverAccounts. The last approval needed begins the
    /// delay.
    function approveRecovery(address account) external;

    /// Withdraws a recovery. Permission RecoverAccounts.
    function withdrawRecovery(address account) external;

    /// Ends a recovery as the account's owner: as caller, with an empty signature, or by
    /// anybody with the owner's signature of `Objection`.
    function objectToRecovery(address account, bytes calldata signature) external;

    /// Finishes a recovery after its delay. By anybody.
    function finishRecovery(address account) external;

    // ---- Questions of contracts.

    /// Whether an account is active and may do this.
    function hasPermission(address account, uint8 permission)
        external view returns (bool yes);

    /// The organisation of an account; 0 for none.
    function organisationOf(address account) external view returns (uint64 organisation);

    /// Whether an account and its organisation are active.
    function isActive(address account) external view returns (bool yes);

    /// Whom an account acts for in business modules: its organisation's address where it is
    /// active and may submit, else itself.
    function actorOf(address account) external view returns (address actor);

    /// Whether an account may act as a party: itself, or its organisation.
    function speaksFor(address account, address party) external view returns (bool yes);

    /// The address that stands for an organisation.
    function organisationAddress(uint64 organisation) external view returns (address party);

    // ---- Views.

    /// An organisation.
    function organisation(uint64 number) external view returns (Organisation memory found);

    /// The number of an organisation by its name; 0 for none.
    function organisationNamed(string calldata name)
        external view returns (uint64 organisation);

    /// All organisations, in the order of their numbers.
    function organisations(uint256 cursor, uint256 limit)
        external view returns (Organisation[] memory list, uint256 next);

    /// An account, known or not.
    function account(address account) external view returns (Account memory found);

    /// Accounts of an organisation. The order changes when one leaves.
    function members(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (Account[] memory list, uint256 next);

    /// Built-in roles, then those that the organisation made.
    function roles(uint64 organisation, uint256 cursor, uint256 limit)
        external view returns (Role[] memory list, uint256 next);

    /// The organisation's name of one of the permissions 128 to 255; empty where it has none.
    function permissionName(uint64 organisation, uint8 permission)
        external view returns (string memory name);

    /// The recovery of an account; `newKey` is zero where there is none.
    function recovery(address account) external view returns (Recovery memory found);

    /// What a DID document of an account or of an organisation's address says.
    function resolve(address subject) external view returns (DidSubject memory found);

    /// An organisation came in.
    event OrganisationAdmitted(
        uint64 indexed organisation, OrganisationKind kind, string name, string jurisdiction
    );
    /// An organisation was suspended, restored or removed.
    event OrganisationStatusChanged(
        uint64 indexed organisation, OrganisationStatus status, string reason
    );
    /// An account joined.
    event AccountAdded(
        uint64 indexed organisation, address indexed account, address indexed by, uint8 level
    );
    /// An account left; by itself where `by` is the account.
    event AccountRemoved(
        uint64 indexed organisation, address indexed account, address indexed by
    );
    /// An account was suspended, restored or closed.
    event AccountStatusChanged(
        uint64 indexed organisation, address indexed account, address indexed by,
        AccountStatus status, string reason
    );
    /// The verification level of an account.
    event LevelSet(
        uint64 indexed organisation, address indexed account, address indexed by, uint8 level
    );
    /// The attributes of an account.
    event AttributesSet(
        uint64 indexed organisation, address indexed account, address indexed by,
        bytes32 attributesHash
    );
    /// An account has a role more.
    event RoleGranted(
        uint64 indexed organisation, address indexed account, address indexed by, uint8 role
    );
    /// An account has a role less.
    event RoleRevoked(
        uint64 indexed organisation, address indexed account, address indexed by, uint8 role
    );
    /// A role was made or changed.
    event RoleSet(
        uint64 indexed organisation, address indexed by, uint8 role, string name,
        uint256 permissions
    );
    /// A role was removed.
    event RoleRemoved(uint64 indexed organisation, address indexed by, uint8 role);
    /// A permission of the organisation has a name.
    event PermissionNamed(
        uint64 indexed organisation, address indexed by, uint8 permission, string name
    );
    /// An order of a regulator began or ceased to concern an account.
    event Restricted(address indexed account, bool restricted);
    /// Another key signs for the account. `nonce` is the account's next one.
    event KeyChanged(
        address indexed account, address indexed oldKey, address indexed newKey, uint64 nonce
    );
    /// Rules of recovery; they hold from the time `from` on.
    event RecoverySet(
        uint64 indexed organisation, address indexed by, uint8 votes, uint64 delay, uint64 from
    );
    /// A recovery was proposed.
    event RecoveryProposed(
        address indexed account, address indexed newKey, address indexed by, uint8 needed,
        uint64 expires
    );
    /// A recovery was approved. `ready` is when it can be finished, or 0.
    event RecoveryApproved(
        address indexed account, address indexed by, uint256 approvals, uint64 ready
    );
    /// A recovery ended.
    event RecoveryEnded(
        address indexed account, address indexed newKey, address indexed by,
        RecoveryOutcome outcome
    );

    /// The account is not active, or its roles do not allow this.
    error NotPermitted(address account, uint8 permission);
    /// Only a decision of the members does this.
    error NotGovernance(address caller);
    /// Only the policy module does this.
    error NotPolicy(address caller);
    /// There is no organisation with this number.
    error UnknownOrganisation(uint64 organisation);
    /// The organisation's status does not allow this.
    error WrongOrganisationStatus(uint64 organisation, OrganisationStatus status);
    /// Another organisation has this name.
    error NameTaken(string name, uint64 organisation);
    /// A name is 1 to 128 bytes without control characters, not beginning or ending with white
    /// space.
    error InvalidName(string name);
    /// The kind of an organisation may not be `None`.
    error InvalidKind();
    /// A jurisdiction is two capital letters, then optionally `-` and up to 29 capital letters
    /// and digits.
    error InvalidJurisdiction(string jurisdiction);
    /// An organisation needs an administrator.
    error NoAdministrators();
    /// The organisation would have no active administrator left.
    error LastAdministrator(uint64 organisation, address account);
    /// No organisation would be active any more.
    error LastOrganisation(uint64 organisation);
    /// The account belongs to an organisation already.
    error AlreadyMember(address account, uint64 organisation);
    /// The account does not belong to this organisation.
    error NotMember(address account, uint64 organisation);
    /// The account's status does not allow this.
    error WrongAccountStatus(address account, AccountStatus status);
    /// The caller lacks these permissions itself.
    error BeyondAuthority(address caller, uint256 permissions);
    /// The organisation has no such role.
    error UnknownRole(uint64 organisation, uint8 role);
    /// Built-in roles stay as they are.
    error BuiltInRole(uint8 role);
    /// Accounts hold the role: revoke it first.
    error RoleHeld(uint8 role, uint32 holders);
    /// The account has the role already.
    error AlreadyGranted(address account, uint8 role);
    /// The account does not have the role.
    error NotGranted(address account, uint8 role);
    /// A role made by an organisation may not hold these permissions.
    error ReservedPermissions(uint256 permissions);
    /// Organisations name the permissions 128 to 255 only.
    error ReservedPermission(uint8 permission);
    /// Suspending, closing and removing need a reason.
    error ReasonMissing();
    /// The address is an account, or the key of one: a new key must be unused.
    error KeyInUse(address key);
    /// The key is the account's key already.
    error SameKey(address key);
    /// The signature is not of this key; `recovered` is zero where it is of none.
    error WrongSignature(address expected, address recovered);
    /// The consent is too old.
    error ConsentExpired(uint64 deadline, uint64 time);
    /// The delay of a recovery is out of bounds.
    error DelayOutOfBounds(uint64 delay, uint64 minimum, uint64 maximum);
    /// No recovery of the account is under way.
    error NoRecovery(address account);
    /// A recovery of the account is under way until then.
    error RecoveryPending(address account, uint64 expires);
    /// The administrator has approved already.
    error AlreadyApproved(address account, address administrator);
    /// Nobody recovers itself.
    error OwnRecovery(address account);
    /// The organisation has no other administrator.
    error NobodyToApprove(address account);
    /// The delay is not over; `ready` is 0 while approvals are missing.
    error RecoveryNotReady(address account, uint64 ready, uint64 time);
    /// The recovery was not finished in time.
    error RecoveryExpired(address account, uint64 expires, uint64 time);
    /// Some who approved may do so no more.
    error ApprovalsMissing(address account, uint256 approvals, uint256 needed);
}
