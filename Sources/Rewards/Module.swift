// Module Rewards.
