import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import { providers } from '../providers';
import type { ProviderName } from '../providers';
import type { OptionField, Provider } from '../providers/provider';
import { groupBy } from './groupBy';
import { includeInputProperty } from './includeInputProperty';
import type { ProviderOperation } from './providerOperations';
import { minBalanceProperty, spendingProperties } from './spendingProperties';
import { sortByLabel } from './waitProperties';

/** The fields that only some providers have, each shown for these providers, and Extra Fields. */
export function optionsProperty(
	operations: ProviderOperation[],
	displayOptions?: IDisplayOptions,
): INodeProperties {
	const fields = operations.flatMap(({ name, operation }) => {
		const own = Object.entries(operation.options).map(([field, definition]) =>
			optionProperty(field, definition),
		);
		const { balance }: Provider = providers[name];
		const spending = balance === undefined ? [] : [minBalanceProperty(balance)];
		return [...own, ...spending].map((property) => ({ name, property }));
	});
	// Equal fields of several providers are declared once and shown for all of them.
	const groups = groupBy(fields, ({ property }) => JSON.stringify(property));
	const options = [...groups.values()].flatMap((group) => {
		const property = group[0]?.property;
		const names = group.map(({ name }) => name);
		return property === undefined
			? []
			: [{ ...property, displayOptions: { show: { '/provider': names } } }];
	});
	const callers = operations.filter(({ operation }) => operation.callback !== undefined);
	const wake = callers.length === 0 ? [] : [wakeProperty(callers.map(({ name }) => name))];
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions,
		options: sortByLabel([
			...options,
			...wake,
			extraFieldsProperty,
			includeInputProperty,
			...spendingProperties,
		]),
	};
}

const wakeProperty = (names: ProviderName[]): INodeProperties => ({
	displayName: 'Wake by Callback',
	name: 'wakeByCallback',
	type: 'boolean',
	displayOptions: { show: { '/provider': names } },
	default: true,
	description:
		'Whether the provider calls n8n when the job has ended, so that the node that waits resumes at once instead of at its next check. Needs n8n 2.14 or newer that the provider can reach at its WEBHOOK_URL. The provider gets a URL that can resume the waiting nodes of this execution. Callback URL, if set, is used instead.',
});

const extraFieldsProperty: INodeProperties = {
	displayName: 'Extra Fields',
	name: 'extraFields',
	type: 'json',
	default: '{}',
	description:
		'JSON to add to the request unchanged, for fields of the provider that the node does not have',
};

// Labels for machine values of providers that need one.
const choiceLabels: Record<string, string> = {
	allow_all: 'Everyone',
	allow_adult: 'Adults Only',
	dont_allow: 'No People',
	pad: 'Pad with Bars',
	crop: 'Crop to Fit',
	'720p': '720p',
	'1080p': '1080p',
	'4k': '4K',
};

/** The label of a choice: "In Between" for "in_between". */
function labelChoice(value: string): string {
	return (
		choiceLabels[value] ??
		value.replace(/_/g, ' ').replace(/(^| )[a-z]/g, (letter) => letter.toUpperCase())
	);
}

function optionProperty(name: string, field: OptionField): INodeProperties {
	const { label: displayName, description } = field;
	const common = { displayName, name, description, default: field.default };
	switch (field.type) {
		case 'choice':
			return {
				...common,
				type: 'options',
				options: field.choices.map((value) => ({ name: labelChoice(value), value })),
			};
		case 'number':
			return {
				...common,
				type: 'number',
				typeOptions: { minValue: field.min, maxValue: field.max },
			};
		case 'boolean':
			return { ...common, type: 'boolean' };
		case 'text':
			return { ...common, type: 'string', placeholder: field.placeholder };
	}
}
