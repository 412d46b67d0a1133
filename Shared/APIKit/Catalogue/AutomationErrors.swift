extension Catalogue {
    static let automationErrors: [CatalogueEntry] = []
}
