extension Catalogue {
    static let settingsErrors: [CatalogueEntry] = []
}
