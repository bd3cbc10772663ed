// Module ActorRuntime.
