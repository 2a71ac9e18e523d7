using MediatR;

namespace Cohorts.Hosting;

/// <summary>
/// What later versions of MediatR bring as AddMediatR(...): 5.1.0 takes a <see cref="ServiceFactory"/> and leaves the rest to the container.
/// </summary>
public static class Mediation
{
    public static IServiceCollection AddMediation(this IServiceCollection services)
    {
        services.AddScoped<ServiceFactory>(provider => provider.GetService!);
        services.AddScoped<IMediator, Mediator>();
        foreach (var type in typeof(Mediation).Assembly.GetTypes().Where(t => t is { IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var handled in type.GetInterfaces().Where(i =>
                i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IRequestHandler<,>) || i.GetGenericTypeDefinition() == typeof(INotificationHandler<>))))
            {
                services.AddScoped(handled, type);
            }
        }

        return services;
    }
}
