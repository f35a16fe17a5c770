// Generated from crds/ by scripts/generate.ts. Do not edit.
import type { ValidateFunction } from 'ajv';
export const validateAgentRunner: ValidateFunction;
export const validateBudgetPolicy: ValidateFunction;
export const validateProvider: ValidateFunction;
export const validateToolProfile: ValidateFunction;
