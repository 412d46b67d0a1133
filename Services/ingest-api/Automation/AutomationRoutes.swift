import HTTPServer

/// Everything under events, rules and tasks.
struct AutomationRoutes: Sendable {
    private let events: EventRoutes
    private let rules: RuleRoutes
    private let tasks: TaskRoutes

    init(parts: RouteParts) {
        events = EventRoutes(parts: parts)
        rules = RuleRoutes(parts: parts)
        tasks = TaskRoutes(parts: parts)
    }

    func register(in router: inout Router) {
        router.on(.post, "/v1/events", events.post)
        router.on(.post, "/v1/events/preview", events.preview)
        router.on(.get, "/v1/events", events.list)
        router.on(.get, "/v1/events/{id}", events.detail)
        router.on(.post, "/v1/events/{id}/cancel", events.cancel)
        router.on(.post, "/v1/rules", rules.create)
        router.on(.get, "/v1/rules", rules.list)
        router.on(.get, "/v1/rules/examples", rules.examples)
        router.on(.post, "/v1/rules/examples", rules.takeExamples)
        router.on(.get, "/v1/rules/{id}", rules.detail)
        router.on(.patch, "/v1/rules/{id}", rules.change)
        router.on(.delete, "/v1/rules/{id}", rules.delete)
        router.on(.post, "/v1/tasks", tasks.create)
        router.on(.get, "/v1/tasks", tasks.list)
        router.on(.get, "/v1/tasks/{id}", tasks.detail)
        router.on(.patch, "/v1/tasks/{id}", tasks.move)
        router.on(.post, "/v1/tasks/{id}/cancel", tasks.cancel)
        router.on(.post, "/v1/tasks/{id}/run", tasks.run)
    }
}
