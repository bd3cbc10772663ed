// Module Orchestration.
