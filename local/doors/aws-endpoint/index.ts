export {
  type AwsDoor,
  type AwsEndpoint,
  type AwsEndpointOptions,
  type EndpointRoute,
  startAwsEndpoint,
} from './endpoint.ts';
