import HTTPServer

/// What a business does by its API, as pages.
enum OwnerPages {
    static func addRoutes(_ site: SiteParts, to router: inout Router) {
        TemplatePages(site).addRoutes(to: &router)
        TemplateFormPages(site).addRoutes(to: &router)
        ContactPages(site).addRoutes(to: &router)
        ContactImportPages(site).addRoutes(to: &router)
        SuppressionPages(site).addRoutes(to: &router)
        ConsentWordPages(site).addRoutes(to: &router)
        ConversationPages(site).addRoutes(to: &router)
        RulePages(site).addRoutes(to: &router)
        EventPages(site).addRoutes(to: &router)
        TaskPages(site).addRoutes(to: &router)
        BroadcastPages(site).addRoutes(to: &router)
        BusinessPages(site).addRoutes(to: &router)
        SenderPages(site).addRoutes(to: &router)
        LimitPages(site).addRoutes(to: &router)
        KeyPages(site).addRoutes(to: &router)
        PeoplePages(site).addRoutes(to: &router)
        CallbackPages(site).addRoutes(to: &router)
        CostPages(site).addRoutes(to: &router)
        AuditPages(site).addRoutes(to: &router)
        ErasurePages(site).addRoutes(to: &router)
    }
}
