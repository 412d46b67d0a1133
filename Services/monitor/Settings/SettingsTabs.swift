import Models

/// The pages of a business's settings.
enum SettingsTabs {
    static let path = "/dashboard/settings"

    private static let all: [(link: Link, area: Area)] = [
        (Link("Business", path), .settings), (Link("Senders", SenderPages.path), .settings),
        (Link("Limits and pauses", LimitPages.path), .messages), (Link("API keys", KeyPages.path), .keys),
        (Link("People", PeoplePages.path), .keys), (Link("Callbacks", CallbackPages.path), .callbacks),
        (Link("Costs", CostPages.path), .costs), (Link("Audit", AuditPages.path), .audit),
        (Link("Erasures", ErasurePages.path), .settings),
    ]

    /// Those that the visitor may see.
    static func markup(_ owner: Owner, at current: String) -> HTML {
        Piece.tabs("Settings", all.filter { owner.maySee($0.area) }.map(\.link), at: current)
    }
}
