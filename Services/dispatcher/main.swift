import ServiceKit

await ServiceMain.run("dispatcher", settings: DispatcherSettings.init, build: Dispatcher.build)
