import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import type { OperationName } from '../providers/provider';
import { imageProperties } from './imageProperties';
import { modelProperty } from './modelProperty';
import { optionsProperty } from './optionsProperty';
import { promptProperties } from './promptProperties';
import type { ProviderOperation, ShowFor } from './providerOperations';
import { listProviderOperations } from './providerOperations';
import { credentialPlace, providerProperty } from './providerProperties';

/** The fields of one operation, generated from the providers that offer it. */
export function operationProperties(
	operationName: OperationName,
	own: INodeProperties[] = [],
	shownFor: NonNullable<IDisplayOptions['show']> = {},
): INodeProperties[] {
	const operations = listProviderOperations(operationName);
	const showFor: ShowFor = (names, more = {}) => ({
		show: { ...shownFor, provider: names, ...more },
	});
	const isShown = Object.keys(shownFor).length > 0 ? { show: shownFor } : undefined;
	return [
		providerProperty(
			operations.map(({ name }) => name),
			isShown,
		),
		{ ...credentialPlace, displayOptions: isShown },
		...own.map((property) => ({ ...property, displayOptions: isShown })),
		...operations.map((each) => modelProperty(each, showFor([each.name]))),
		...promptProperties(operationName, isShown),
		...imageProperties(operations, showFor),
		...aspectRatioProperties(operations, showFor),
		optionsProperty(operations, isShown),
	];
}

function aspectRatioProperties(
	operations: ProviderOperation[],
	showFor: ShowFor,
): INodeProperties[] {
	const names = operations
		.filter(({ operation }) => operation.takesAspectRatio)
		.map(({ name }) => name);
	if (names.length === 0) return [];
	return [
		{
			displayName: 'Aspect Ratio',
			name: 'aspectRatio',
			type: 'options',
			displayOptions: showFor(names),
			options: [
				{ name: '16:9 Landscape', value: '16:9' },
				{ name: '9:16 Portrait', value: '9:16' },
			],
			default: '16:9',
			description: 'The shape of the video',
		},
	];
}
