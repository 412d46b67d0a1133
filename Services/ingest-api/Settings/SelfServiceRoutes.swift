import HTTPServer

/// What a tenant arranges for itself: its settings, senders, keys and people.
struct SelfServiceRoutes: Sendable {
    private let settings: SettingsRoutes

    init(parts: RouteParts) {
        settings = SettingsRoutes(parts: parts)
    }

    func register(in router: inout Router) {
        router.on(.get, "/v1/settings", settings.settings)
        router.on(.patch, "/v1/settings", settings.change)
    }
}
