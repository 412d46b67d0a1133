/// What a list of contacts is narrowed by; everything given must hold.
package struct ContactFilter: Sendable {
    /// E.164.
    package var phone: String?
    package var userID: String?
    package var externalID: String?
    package var tag: String?
    /// A part of the name, of the profile's name or of the user name.
    package var text: String?
    package var consent: (category: TemplateCategory, status: ConsentStatus)?

    package init() {}
}

/// The same for the list of those who must not be written to.
package struct SuppressionFilter: Sendable {
    /// E.164, or a business-scoped user id.
    package var recipient: String?
    package var category: SuppressionCategory?
    package var reason: SuppressionReason?

    package init() {}
}
