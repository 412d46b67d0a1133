import HTTPServer

/// What a tenant arranges for itself: its settings, senders, keys and people.
struct SelfServiceRoutes: Sendable {
    private let settings: SettingsRoutes
    private let senders: SenderRoutes
    private let keys: KeyRoutes
    private let users: UserRoutes

    init(parts: RouteParts) {
        settings = SettingsRoutes(parts: parts)
        senders = SenderRoutes(parts: parts)
        keys = KeyRoutes(parts: parts)
        users = UserRoutes(parts: parts)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/settings", settings.settings)
        router.on(.patch, "/v1/settings", settings.change)
        senders.register(in: &router)
        keys.register(in: &router)
        users.register(in: &router)
    }
}
